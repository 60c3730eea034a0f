"""The rival of bring-up.ts: N hosts with addresses on one Linux bridge, built by Mininet's own API at its best.

No command line, no controller, no waiting for connections, no log. Speaks lines: prints "up", answers "inspect" with one
line of JSON, and on "down" stops the network and ends. Run it in a network and mount namespace of its own.

usage: mininet-lab.py FILE      (FILE: a JSON array of addresses with prefix lengths, one a host)
"""

import json
import os
import subprocess
import sys

import mininet.net
import mininet.node
import mininet.util
from mininet.log import setLogLevel
from mininet.net import Mininet
from mininet.nodelib import LinuxBridge
from mininet.topo import Topo


def leave_the_host_alone(_name, _limit):
    """Mininet raises limits of the whole machine (fs.file-max, kernel.pty.max); a benchmark must not."""


mininet.util.sysctlTestAndSet = leave_the_host_alone


class OneBridge(Topo):
    def build(self, addresses):
        switch = self.addSwitch("s1")
        for index, address in enumerate(addresses):
            self.addLink(self.addHost("w%d" % index, ip=address), switch)


def addresses_of(host):
    command = ["nsenter", "-t", str(host.pid), "-n", "ip", "-j", "-4", "address", "show", "up"]
    links = json.loads(subprocess.check_output(command))
    return [
        "%s/%d" % (info["local"], info["prefixlen"])
        for link in links
        for info in link["addr_info"]
        if info["scope"] == "global"
    ]


def inspect(net):
    ports = json.loads(subprocess.check_output(["ip", "-j", "link", "show", "master", "s1", "up"]))
    return {
        "namespaces": len({os.stat("/proc/%d/ns/net" % host.pid).st_ino for host in net.hosts}),
        "ports": len(ports),
        "addresses": sorted(address for host in net.hosts for address in addresses_of(host)),
    }


def ping(net, index, address):
    host = net.hosts[index]
    command = ["nsenter", "-t", str(host.pid), "-n", "ping", "-c1", "-w10", "-n", address]
    return subprocess.run(command, stdout=subprocess.DEVNULL).returncode == 0


def main():
    setLogLevel("critical")
    with open(sys.argv[1], encoding="utf-8") as file:
        addresses = json.load(file)
    net = Mininet(
        topo=OneBridge(addresses), switch=LinuxBridge, controller=None, waitConnected=False
    )
    net.start()
    print("up", flush=True)
    for line in sys.stdin:
        words = line.split()
        if words[0] == "inspect":
            print(json.dumps(inspect(net)), flush=True)
        elif words[0] == "ping":
            print(json.dumps(ping(net, int(words[1]), words[2])), flush=True)
        elif words[0] == "down":
            net.stop()
            return


main()
