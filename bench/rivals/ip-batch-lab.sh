#!/bin/bash
# The rival of bring-up.ts: the same network by iproute2's batch mode, written at its best. One process makes all
# namespaces, one all links and bridge ports; addresses need a process per namespace (a batch cannot change namespace),
# so as many workers as there are processors share them. The batches are written beforehand and not timed.
#
# Speaks lines like mininet-lab.py; run it in a network and mount namespace of its own, where /run/netns is its own too.
# usage: ip-batch-lab.sh DIRECTORY   (with namespaces, links, down: batches; names: a name a line; node/NAME: batches)
set -eu
cd "$1"
mount -t tmpfs tmpfs /run/netns
ip netns add host
ip -batch namespaces
ip -n host -batch links
workers=$(nproc)
for ((worker = 0; worker < workers; worker++)); do
  while read -r name; do ip -n "$name" -batch "node/$name"; done < <(awk "NR % $workers == $worker" names) &
done
wait
echo up

while read -r word rest; do
  case "$word" in
    inspect)
      ports=$(ip -n host -j link show master br0 up | grep -o '"ifname"' | wc -l)
      addresses=$(while read -r name; do
        ip -n "$name" -o -4 address show up scope global | awk '{print "\"" $4 "\""}'
      done < names | paste -sd, -)
      echo "{\"namespaces\": $(wc -l < <(ip netns list | grep -vw host)), \"ports\": $ports, \"addresses\": [$addresses]}"
      ;;
    ping)
      read -r index address <<< "$rest"
      if ip netns exec "$(sed -n "$((index + 1))p" names)" ping -c1 -w10 -n "$address" > /dev/null; then
        echo true
      else
        echo false
      fi
      ;;
    down)
      ip -batch down
      # The kernel lets go of namespaces after the command; down is when the last port is gone.
      while [ -n "$(ip -n host -o link show master br0)" ]; do :; done
      ip netns del host
      exit 0
      ;;
  esac
done
