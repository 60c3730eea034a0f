/** Where things are inside every guest; nothing of them is the host's own path. */
export const inGuest = {
  busybox: "/.lab/busybox",
  node: "/.lab/node",
  daemon: "/.lab/daemon/daemon.mjs",
  modprobe: "/.lab/modprobe",
  moduleList: "/.lab/modules.list",
  /** Where /lib and its like of a host without merged /usr are. */
  hostFolders: "/.lab/host",
  exchange: "/run/lab/exchange",
  /** One session each: a port takes one client at a time. */
  controlPorts: [
    "/dev/virtio-ports/lab.control.0",
    "/dev/virtio-ports/lab.control.1",
    "/dev/virtio-ports/lab.control.2",
    "/dev/virtio-ports/lab.control.3",
  ],
  bootPort: "/dev/virtio-ports/lab.boot",
} as const;

/**
 * The guest's first process. Up to the wait for the boot line everything is the same for each guest of a kind, so a
 * snapshot is taken there, with the daemon already running and no share mounted (QEMU refuses to save a mounted one).
 * What differs comes in as shell words on the boot port: see `bootLine`.
 */
export function initScript(): string {
  return `#!${inGuest.busybox} sh
B=${inGuest.busybox}
export PATH=/usr/local/sbin:/usr/local/bin:/usr/sbin:/usr/bin:/sbin:/bin HOME=/root LANG=C.UTF-8 TERM=linux
say() { echo "lab-guest: $*" >/dev/console; }
$B mount -t proc proc /proc
$B mount -t sysfs sys /sys
$B mount -t devtmpfs dev /dev
$B mkdir -p /dev/pts /dev/shm /dev/virtio-ports /tmp /var/tmp /run/lab /run/netns
$B mount -t devpts devpts /dev/pts
for place in /dev/shm /tmp /run; do $B mount -t tmpfs -o mode=1777 tmpfs $place; done
$B mkdir -p /run/lab /run/lock /run/netns
$B mount -t cgroup2 cgroup /sys/fs/cgroup
$B mount -t bpf bpf /sys/fs/bpf
$B mount -t debugfs debugfs /sys/kernel/debug
$B ln -s /proc/self/fd /dev/fd
$B ln -s /proc/self/fd/0 /dev/stdin
$B ln -s /proc/self/fd/1 /dev/stdout
$B ln -s /proc/self/fd/2 /dev/stderr
echo ${inGuest.modprobe} >/proc/sys/kernel/modprobe
say "loading drivers"
${inGuest.modprobe} -a $($B cat ${inGuest.moduleList})
for port in /sys/class/virtio-ports/*; do
  if [ -e $port/name ]; then $B ln -s /dev/$($B basename $port) /dev/virtio-ports/$($B cat $port/name); fi
done
$B ip link set lo up
$B hostname guest
# A cable drops nothing that it could deliver a little later; Debian's default (fq_codel) does.
echo pfifo_fast >/proc/sys/net/core/default_qdisc

mount_shares() {
  for share in $LAB_SHARES; do
    tag=\${share%%=*}; place=\${share#*=}
    $B mkdir -p $place
    $B mount -t 9p -o ro,trans=virtio,version=9p2000.L,msize=524288,cache=loose $tag $place || say "cannot mount $place"
  done
  $B mkdir -p ${inGuest.exchange}
  $B mount -t 9p -o trans=virtio,version=9p2000.L,msize=524288,cache=none exchange ${inGuest.exchange} || say "cannot mount the exchange folder"
  for place in lib lib32 libx32 bin sbin; do
    if [ -d ${inGuest.hostFolders}/$place ]; then $B ln -s ${inGuest.hostFolders}/$place/* /$place/ 2>/dev/null; fi
  done
  $B ln -s /usr/lib/* /lib/ 2>/dev/null
}

# A restored guest has the clock and the random numbers of its template: both are set from the boot line.
refresh() {
  $B date -s @$LAB_TIME >/dev/null
  echo $LAB_SEED >/dev/urandom
  /usr/bin/perl -e 'open R, "+</dev/urandom" or die; ioctl R, 0x5207, 0 or die "RNDRESEEDCRNG: $!"; syscall 227, 0, pack "qq", split /[.]/, $ARGV[0]' $LAB_TIME.$LAB_NANOSECONDS || say "cannot renew the random numbers"
}

await_boot_line() {
  while :; do
    if read -r line <&3 && [ -n "$line" ]; then break; fi
    $B usleep 20000
  done
  eval "$line"
  $B hostname $LAB_HOSTNAME
  mount_shares
  refresh
  echo ready >&3
}

exec 3<>${inGuest.bootPort}
( await_boot_line ) &
cd /
say "starting the daemon"
LAB_EXCHANGE=${inGuest.exchange} UV_THREADPOOL_SIZE=16 ${inGuest.node} ${inGuest.daemon} ${inGuest.controlPorts.map((port) => `--port ${port}`).join(" ")} </dev/null >/dev/console 2>&1 &
daemon=$!
wait $daemon
say "the daemon ended with code $?"
$B sync
$B reboot -f
`;
}

/** What one guest is told after boot or restore. */
export type BootWords = {
  readonly hostname: string;
  /** Tag of a share and the folder it is mounted at, both without blanks. */
  readonly shares: readonly { readonly tag: string; readonly place: string }[];
  /** Hexadecimal digits nobody else has. */
  readonly seed: string;
  readonly epochNanoseconds: bigint;
};

/** One line of shell assignments; each value is checked to be free of anything a shell would act on. */
export function bootLine(words: BootWords): string {
  const values = {
    LAB_HOSTNAME: words.hostname,
    LAB_SHARES: words.shares.map(({ tag, place }) => `${tag}=${place}`).join(" "),
    LAB_SEED: words.seed,
    LAB_TIME: String(words.epochNanoseconds / 1_000_000_000n),
    LAB_NANOSECONDS: String(words.epochNanoseconds % 1_000_000_000n),
  };
  const assignments = Object.entries(values).map(([name, value]) => `${name}=${quoted(value)}`);
  return `${assignments.join("; ")}\n`;
}

function quoted(value: string): string {
  if (!/^[\w./=@+ -]*$/.test(value)) {
    throw new RangeError(
      `"${value}" cannot be given to a guest: use letters, digits and the characters . / = @ + - _`,
    );
  }
  return `'${value}'`;
}
