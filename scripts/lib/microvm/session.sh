#!/bin/bash
# One session of the machine, by its first process: runs the host's commands in /project, one after another, with their output on a
# port, and switches the machine off. It asks for a command by the file ask-N in the control folder and finds it in command-N, which is
# empty when there are no more; its exit code is the last line of exit-codes.
modprobe -a kvm_amd virtio_net tun fuse overlay
# The memory of guests in large pages: the first touch of each page leaves the guest, which is what costs most here.
echo always > /sys/kernel/mm/transparent_hugepage/shmem_enabled
hostname machine
printf '127.0.0.1 localhost machine\n' > /etc/hosts
printf 'nameserver 10.0.2.3\n' > /etc/resolv.conf
ip link set lo up
ip address add 10.0.2.15/24 dev eth0
ip link set eth0 up
ip route add default via 10.0.2.2
while :; do cut -d' ' -f1 /proc/uptime > /control/alive; sleep 2; done &
tar -xf /dev/vdb -C /project
mkdir -p /project/node_modules
mount --bind /opt/node_modules /project/node_modules
number=0
: > /control/exit-codes
while number=$((number + 1)); do
  : > /control/ask-$number
  until [ -e /control/command-$number ]; do sleep 0.2; done
  [ -s /control/command-$number ] || break
  (
    cd /project
    . /control/environment
    export PATH=/project/node_modules/.bin:$PATH
    exec bash -c "$(cat /control/command-$number)"
  )
  echo $? >> /control/exit-codes
done > /dev/vport?p1 2>&1
: > /control/ended
sync
echo o > /proc/sysrq-trigger
sleep 60
