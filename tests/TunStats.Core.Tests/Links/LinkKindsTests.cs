using TunStats.Links;
using Xunit;

namespace TunStats.Tests.Links;

public sealed class LinkKindsTests
{
    [Theory]
    [InlineData("tun")]
    [InlineData("wireguard")]
    [InlineData("ppp")]
    [InlineData("l2tpeth")]
    [InlineData("vxlan")]
    [InlineData("geneve")]
    [InlineData("gtp")]
    [InlineData("bareudp")]
    [InlineData("gre")]
    [InlineData("gretap")]
    [InlineData("ip6gre")]
    [InlineData("sit")]
    [InlineData("ipip")]
    [InlineData("ip6tnl")]
    [InlineData("vti")]
    [InlineData("vti6")]
    [InlineData("xfrm")]
    public void KindIsATunnel(string kind) => Assert.True(Link("x0", kind, LinkFlags.None).IsTunnel);

    [Theory]
    [InlineData("veth")]
    [InlineData("bridge")]
    [InlineData("ether")]
    [InlineData("loopback")]
    [InlineData("")]
    public void KindIsNoTunnel(string kind) => Assert.False(Link("x0", kind, LinkFlags.Up).IsTunnel);

    /// <summary>Modules make these in every namespace; an unused one says nothing about a tunnel.</summary>
    [Theory]
    [InlineData("tunl0", "ipip")]
    [InlineData("sit0", "sit")]
    [InlineData("gre0", "gre")]
    [InlineData("gretap0", "gretap")]
    [InlineData("erspan0", "erspan")]
    [InlineData("ip_vti0", "vti")]
    [InlineData("ip6tnl0", "ip6tnl")]
    [InlineData("ip6gre0", "ip6gre")]
    [InlineData("ip6_vti0", "vti6")]
    public void FallbackDeviceIsATunnelWhileItIsUp(string name, string kind)
    {
        Assert.False(Link(name, kind, LinkFlags.None).IsTunnel);
        Assert.True(Link(name, kind, LinkFlags.Up).IsTunnel);
    }

    private static LinkInfo Link(string name, string kind, LinkFlags flags) =>
        new() { Name = name, Index = 7, Kind = kind, Flags = flags };
}
