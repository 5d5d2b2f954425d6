using System.Linq;
using TunStats.Classes;
using TunStats.Flows;
using TunStats.Lab;
using TunStats.Net;
using TunStats.Routes;
using TunStats.Tests.Polling;
using Xunit;

namespace TunStats.Tests.Live;

/// <summary>
/// Two WireGuard nodes with a network behind each, the right one with the rest of the world behind it as well: what
/// goes through the tunnel is counted and classified by what the kernel has.
/// </summary>
public sealed class LiveClassTests
{
    private const int Count = 5;
    private const ulong Both = 2 * Count;
    private const string World4 = "203.0.113.9";
    private const string World6 = "2001:db8:9::9";

    [ToolFact("wireguard-go")]
    public void EveryClassIsRightByTheKernelsRoutesAlone()
    {
        using WireGuardPair pair = Pair(out PrivateNamespace leftHost, out PrivateNamespace rightHost);
        using var left = new FlowRecorder(pair.Left.Device, pair.Left.Space);
        using var right = new FlowRecorder(pair.Right.Device, pair.Right.Space);
        PrivateNamespace node = pair.Left.Space, peer = pair.Right.Space;

        // From the left node: to its peer, to the network behind the peer, to the world.
        LabTraffic.Exchange(node, WireGuardPair.LeftIPv4, peer, WireGuardPair.RightIPv4, 1001, Count);
        LabTraffic.Exchange(node, WireGuardPair.LeftIPv6, peer, WireGuardPair.RightIPv6, 1002, Count);
        LabTraffic.Exchange(node, WireGuardPair.LeftIPv4, rightHost, "10.2.0.2", 1003, Count);
        LabTraffic.Exchange(node, WireGuardPair.LeftIPv6, rightHost, "fd02::2", 1004, Count);
        LabTraffic.Exchange(node, WireGuardPair.LeftIPv4, rightHost, World4, 1005, Count);
        LabTraffic.Exchange(node, WireGuardPair.LeftIPv6, rightHost, World6, 1006, Count);

        // From the host behind it: the same.
        LabTraffic.Exchange(leftHost, "10.1.0.2", rightHost, "10.2.0.2", 1007, Count);
        LabTraffic.Exchange(leftHost, "fd01::2", rightHost, "fd02::2", 1008, Count);
        LabTraffic.Exchange(leftHost, "10.1.0.2", rightHost, World4, 1009, Count);

        // From the right node to the network behind the left one.
        LabTraffic.Exchange(peer, WireGuardPair.RightIPv4, leftHost, "10.1.0.2", 1010, Count);
        LabTraffic.Exchange(peer, WireGuardPair.RightIPv6, leftHost, "fd01::2", 1011, Count);

        Assert.Equal(
            [
                FlowClass.Virtual, FlowClass.Virtual, FlowClass.Subnet, FlowClass.Subnet, FlowClass.Exit,
                FlowClass.Exit, FlowClass.Subnet, FlowClass.Subnet, FlowClass.Exit,
            ],
            Enumerable.Range(1001, 9).Select(port => left.ClassOf(port, Both)));
        Assert.Equal(
            [FlowClass.Virtual, FlowClass.Virtual, FlowClass.Subnet, FlowClass.Subnet],
            new[] { 1001, 1002, 1010, 1011 }.Select(port => right.ClassOf(port, Both)));
        Assert.Equal((Count, Count), Directions(left, 1001));
        Assert.Equal((Count, Count), Directions(right, 1001));

        static (int Tx, int Rx) Directions(FlowRecorder recorder, int port) => (
            recorder.Flows.Where(f => f.DestinationPort == port).Sum(f => (int)f.TxPackets),
            recorder.Flows.Where(f => f.DestinationPort == port).Sum(f => (int)f.RxPackets));
    }

    /// <summary>
    /// No kernel route shows which of its networks a node serves to others: that is a parameter.
    /// </summary>
    [ToolFact("wireguard-go")]
    public void NetworkThatANodeServesIsNamedByAParameter()
    {
        using WireGuardPair pair = Pair(out _, out PrivateNamespace rightHost);
        RouteSet served = new(RouteSet.From(
            [IpPrefix.Parse("10.2.0.0/24"), IpPrefix.Parse("fd02::/64")], FlowRouteKind.SubnetRoute, "parameter"));
        using var right = new FlowRecorder(
            pair.Right.Device, pair.Right.Space, routes => new FlowClassifier(served.Union(routes)));
        PrivateNamespace node = pair.Left.Space;

        LabTraffic.Exchange(node, WireGuardPair.LeftIPv4, rightHost, "10.2.0.2", 1001, Count);
        LabTraffic.Exchange(node, WireGuardPair.LeftIPv6, rightHost, "fd02::2", 1002, Count);
        LabTraffic.Exchange(node, WireGuardPair.LeftIPv4, rightHost, World4, 1003, Count);

        Assert.Equal(
            [FlowClass.Subnet, FlowClass.Subnet, FlowClass.Exit],
            Enumerable.Range(1001, 3).Select(port => right.ClassOf(port, Both)));
        var all = new FlowClassifier(served.Union(right.Routes));
        Assert.Equal(
            "10.2.0.0/24 (SubnetRoute, parameter)",
            all.Classify(IpAddr.Parse("10.2.0.2")).Route!.ToString());
    }

    [ToolFact("wireguard-go")]
    public void ClassFollowsTheRoutesThatChangeWhileItRuns()
    {
        using WireGuardPair pair = Pair(out _, out PrivateNamespace rightHost);
        using var left = new FlowRecorder(pair.Left.Device, pair.Left.Space);

        Assert.Equal(FlowClass.Subnet, Send("10.2.0.2", 1001, 0));
        Assert.Equal(FlowClass.Exit, Send(World4, 1002, 0));

        // The network falls to the default route, and part of the world gets a route of its own.
        pair.Left.Routes.Remove("10.2.0.0/24", pair.Left.Device, table: 52);
        pair.Left.Routes.Add("203.0.113.0/24", pair.Left.Device, table: 77);
        Assert.Equal(FlowClass.Exit, Send("10.2.0.2", 1001, Both));
        Assert.Equal(FlowClass.Subnet, Send(World4, 1002, Both));

        pair.Left.Routes.Add("10.2.0.0/24", pair.Left.Device);
        pair.Left.Routes.Remove("203.0.113.0/24", pair.Left.Device, table: 77);
        Assert.Equal(FlowClass.Subnet, Send("10.2.0.2", 1001, 2 * Both));
        Assert.Equal(FlowClass.Exit, Send(World4, 1002, 2 * Both));

        FlowClass Send(string to, int port, ulong before)
        {
            LabTraffic.Exchange(pair.Left.Space, WireGuardPair.LeftIPv4, rightHost, to, port, Count);
            return left.ClassOf(port, Both, before);
        }
    }

    /// <summary>A network of one's own, outside Tailscale's ranges, as WireGuard and OpenVPN have it.</summary>
    [ToolFact("wireguard-go")]
    public void OwnSubnetsAreAnOverlayToo()
    {
        using WireGuardPair pair = Pair(out _, out PrivateNamespace rightHost, "10.8.0.1/32");
        pair.Left.AddAddress(pair.Left.Device, "10.8.0.1/24");
        pair.Right.AddAddress(pair.Right.Device, "10.8.0.2/24");
        using var left = new FlowRecorder(
            pair.Left.Device,
            pair.Left.Space,
            routes => new FlowClassifier(routes, OverlayRanges.OwnSubnets(routes)));
        using var tailscale = new FlowRecorder(pair.Left.Device, pair.Left.Space);

        LabTraffic.Exchange(pair.Left.Space, "10.8.0.1", pair.Right.Space, "10.8.0.2", 1001, Count);
        LabTraffic.Exchange(pair.Left.Space, "10.8.0.1", rightHost, "10.2.0.2", 1002, Count);
        LabTraffic.Exchange(pair.Left.Space, "10.8.0.1", rightHost, World4, 1003, Count);

        Assert.Equal(
            [FlowClass.Virtual, FlowClass.Subnet, FlowClass.Exit],
            Enumerable.Range(1001, 3).Select(port => left.ClassOf(port, Both)));
        Assert.Equal(FlowClass.Subnet, tailscale.ClassOf(1001, Both));
    }

    /// <summary>
    /// The left node has its routes in table 52, which is asked before main, with a default route in it as an exit
    /// node's user has; the right one has them in main.
    /// </summary>
    private static WireGuardPair Pair(
        out PrivateNamespace leftHost, out PrivateNamespace rightHost, params string[] rightAllowed)
    {
        var pair = new WireGuardPair(["0.0.0.0/0", "::/0"], ["10.1.0.0/24", "fd01::/64", .. rightAllowed]);
        WireGuardNode left = pair.Left, right = pair.Right;
        leftHost = left.AddHost("lan0", ["10.1.0.1/24", "fd01::1/64"], ["10.1.0.2/24", "fd01::2/64"]);
        rightHost = right.AddHost(
            "lan0", ["10.2.0.1/24", "fd02::1/64"], ["10.2.0.2/24", "fd02::2/64", $"{World4}/32", $"{World6}/128"]);

        foreach (string prefix in new[] { "10.2.0.0/24", "fd02::/64", "0.0.0.0/0", "::/0" })
        {
            left.Routes.Add(prefix, left.Device, table: 52);
        }

        // What must not go into the tunnel: the tunnel itself, and the network on this side.
        left.Routes.Add(WireGuardPair.CableNetwork, WireGuardPair.CableDevice, table: 52);
        left.Routes.Add("10.1.0.0/24", "lan0", table: 52);
        left.Routes.Add("fd01::/64", "lan0", table: 52);
        left.Routes.AddRule(52);
        left.Routes.AddRule(52, ipv6: true);

        right.Routes.Add("10.1.0.0/24", right.Device);
        right.Routes.Add("fd01::/64", right.Device);
        right.Routes.Add($"{World4}/32", "lan0", gateway: "10.2.0.2");
        right.Routes.Add($"{World6}/128", "lan0", gateway: "fd02::2");
        return pair;
    }
}
