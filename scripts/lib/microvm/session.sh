#!/bin/bash
# One session of the machine, by its first process: runs the host's command in /project with its output on a port, leaves its
# exit code in the control folder, and switches the machine off.
modprobe -a kvm_amd virtio_net tun fuse overlay
hostname machine
printf '127.0.0.1 localhost machine\n' > /etc/hosts
printf 'nameserver 10.0.2.3\n' > /etc/resolv.conf
ip link set lo up
ip address add 10.0.2.15/24 dev eth0
ip link set eth0 up
ip route add default via 10.0.2.2
while cut -d' ' -f1 /proc/uptime > /control/alive; do sleep 2; done &
tar -xf /dev/vdb -C /project
mkdir -p /project/node_modules
mount --bind /opt/node_modules /project/node_modules
(
  cd /project
  . /control/environment
  export PATH=/project/node_modules/.bin:$PATH
  exec bash -c "$(cat /control/command)"
) > /dev/vport?p1 2>&1
echo $? > /control/exit-code
sync
echo o > /proc/sysrq-trigger
sleep 60
