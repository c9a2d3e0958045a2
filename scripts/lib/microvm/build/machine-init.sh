#!/bin/bash
# The first process of the machine: mounts, then hands over to the session that the host has left in the control folder.
export PATH=/opt/node/bin:/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin
export HOME=/root LANG=C.UTF-8 TERM=dumb
mount -t proc proc /proc
mount -t sysfs sys /sys
mount -t devtmpfs dev /dev
mkdir -p /dev/pts /dev/shm
mount -t devpts pts /dev/pts
mount -t tmpfs shm /dev/shm
mount -t tmpfs run /run
mount -t cgroup2 cgroup /sys/fs/cgroup
# /tmp stays on the disk: microsandbox needs extended attributes there, and a tmpfs has none.
exec </dev/null >/dev/ttyS0 2>&1
modprobe -a virtio_console virtio_rng 9pnet_virtio 9p
mount -t 9p -o trans=virtio,version=9p2000.L,msize=512000 control /control
exec bash /control/session.sh
