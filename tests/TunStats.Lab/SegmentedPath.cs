using System;
using System.IO;
using System.Net;

namespace TunStats.Lab;

/// <summary>
/// Two namespaces with a router between them that hands on single packets: what one end sends as one large frame
/// (TSO, GSO) reaches the other end as it would from a wire.
/// </summary>
public sealed class SegmentedPath : IDisposable
{
    /// <summary>The device at each end.</summary>
    public const string Device = "cable0";

    private readonly PrivateNamespace _router = new(ipv6: true);
    private LabLinks? _leftLinks;
    private LabLinks? _rightLinks;

    /// <summary>Makes the path.</summary>
    public SegmentedPath()
    {
        using LabLinks router = _router.OpenLinks();
        _router.Run(() =>
        {
            File.WriteAllText("/proc/sys/net/ipv4/ip_forward", "1");
            File.WriteAllText("/proc/sys/net/ipv6/conf/all/forwarding", "1");
        });
        Connect(router, Left, LeftLinks, "left", "10.1.0", "fd01::");
        Connect(router, Right, RightLinks, "right", "10.2.0", "fd02::");
    }

    /// <summary>One end.</summary>
    public PrivateNamespace Left { get; } = new(ipv6: true);

    /// <summary>The other end.</summary>
    public PrivateNamespace Right { get; } = new(ipv6: true);

    /// <summary>The links of one end.</summary>
    public LabLinks LeftLinks => _leftLinks ??= Left.OpenLinks();

    /// <summary>The links of the other end.</summary>
    public LabLinks RightLinks => _rightLinks ??= Right.OpenLinks();

    /// <summary>The address of the left end: 10.1.0.2 or fd01::2.</summary>
    public static string LeftAddress(bool ipv6) => ipv6 ? "fd01::2" : "10.1.0.2";

    /// <summary>The address of the right end: 10.2.0.2 or fd02::2.</summary>
    public static string RightAddress(bool ipv6) => ipv6 ? "fd02::2" : "10.2.0.2";

    /// <inheritdoc/>
    public void Dispose()
    {
        _leftLinks?.Dispose();
        _rightLinks?.Dispose();
        Left.Dispose();
        Right.Dispose();
        _router.Dispose();
    }

    private static void Connect(
        LabLinks router, PrivateNamespace end, LabLinks links, string name, string prefix4, string prefix6)
    {
        router.AddVeth(name, "end");
        router.Move("end", end);
        links.Rename("end", Device);
        foreach ((LabLinks where, string device, int host) in new[] { (router, name, 1), (links, Device, 2) })
        {
            where.AddAddress(device, IPAddress.Parse($"{prefix4}.{host}"), 24);
            where.AddAddress(device, IPAddress.Parse($"{prefix6}{host}"), 64);
            where.SetUp(device);
        }

        // A device that takes one segment at a time has the kernel cut up what is larger before it.
        router.SetSegments(name, 1);
        using LabRoutes routes = end.OpenRoutes();
        routes.Add("0.0.0.0/0", Device, 254, $"{prefix4}.1");
        routes.Add("::/0", Device, 254, $"{prefix6}1");
    }
}
