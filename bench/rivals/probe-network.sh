#!/bin/bash
# Times one command in a network of SENDERS namespaces s0, s1 ... and one listener at 10.65.0.1 tcp/7000, then says how
# long it took and how many connections the listener got. Run it in a network and mount namespace of its own.
# usage: probe-network.sh NODE LISTENER SENDERS PROBES COMMAND...
set -eu
node=$1 listener=$2 senders=$3 probes=$4
shift 4
mount -t tmpfs tmpfs /run/netns
ip netns add server
{
  echo "link set lo up"
  echo "link add br0 type bridge"
  echo "address add 10.65.0.1/16 dev br0"
  echo "link set br0 up"
} | ip -n server -batch -
for ((sender = 0; sender < senders; sender++)); do
  ip netns add "s$sender"
  ip -n server link add "s$sender" master br0 up type veth peer name eth0 netns "s$sender"
  ip -n "s$sender" address add "10.65.1.$sender/16" dev eth0
  ip -n "s$sender" link set eth0 up
done

coproc LISTENER { exec ip netns exec server "$node" "$listener"; }
read -r said <&"${LISTENER[0]}"
[ "$said" = listening ]
began=$EPOCHREALTIME
"$@" >&2
ended=$EPOCHREALTIME
echo "count $probes" >&"${LISTENER[1]}"
read -r accepted <&"${LISTENER[0]}"
echo "{\"began\": $began, \"ended\": $ended, \"accepted\": $accepted}"
