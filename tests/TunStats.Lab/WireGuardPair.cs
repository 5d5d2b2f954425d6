using System;
using System.Collections.Generic;
using System.Diagnostics;
using System.Globalization;
using System.Text.RegularExpressions;

namespace TunStats.Lab;

/// <summary>
/// Two namespaces joined by a cable, and a tunnel of two <c>wireguard-go</c> processes over it. Each end has an
/// address of either family in Tailscale's ranges; its peer is routed through the tunnel as Tailscale does it, by
/// prefixes that hold one address.
/// </summary>
public sealed partial class WireGuardPair : IDisposable
{
    // Keys of this lab alone, made with "wg genkey"; nothing outside two private namespaces ever trusts them.
    private const string LeftPrivate = "9017259d268477db603452cfdc342d8e5e866fa4aeef02b1a337856878989176";
    private const string LeftPublic = "de802c1ecccbe369f69364655ab1d5e200739e7a63c2a0698bd0416696adb620";
    private const string RightPrivate = "50b5d0db79359ab41844d504852aef8d946cbd0c7a07c0865b58663af541d76e";
    private const string RightPublic = "460f185d8d9ce8bef66536ac345d8f7976b02459d40ab7284c067eccb08e866a";
    private const string ThirdPrivate = "4884d109d0458a52e94943c4badf635a491bb0333963f5a307f054687d54a855";
    private const string ThirdPublic = "96c0cd10f0c576425d81edec3e6d43e6ecafd96cf0e8b38ca7e22d79eee8ca57";

    /// <summary>The left end's address in the tunnel, IPv4.</summary>
    public const string LeftIPv4 = "100.64.0.1";

    /// <summary>The left end's address in the tunnel, IPv6.</summary>
    public const string LeftIPv6 = "fd7a:115c:a1e0::1";

    /// <summary>The right end's address in the tunnel, IPv4.</summary>
    public const string RightIPv4 = "100.64.0.2";

    /// <summary>The right end's address in the tunnel, IPv6.</summary>
    public const string RightIPv6 = "fd7a:115c:a1e0::2";

    /// <summary>The address in the tunnel of the node that <see cref="AddThird"/> adds.</summary>
    public const string ThirdIPv4 = "100.64.0.3";

    /// <summary>The device at each end of the cable.</summary>
    public const string CableDevice = "cable0";

    /// <summary>The cable's network.</summary>
    public const string CableNetwork = "192.0.2.0/30";

    /// <summary>Makes the pair; nothing has gone through it yet.</summary>
    /// <param name="leftAllowed">What the left end accepts from the right one beside its addresses.</param>
    /// <param name="rightAllowed">What the right end accepts from the left one beside its addresses.</param>
    /// <exception cref="LabException">There is no namespace or no wireguard-go to be had.</exception>
    public WireGuardPair(IReadOnlyList<string>? leftAllowed = null, IReadOnlyList<string>? rightAllowed = null)
    {
        // The sockets of all wireguard-go of a machine lie in one folder, under the devices' names.
        string name = Guid.NewGuid().ToString("N", CultureInfo.InvariantCulture)[..8];
        Left = new WireGuardNode($"wg{name}l");
        Right = new WireGuardNode($"wg{name}r");
        try
        {
            Left.Links.AddVeth(CableDevice, "cable1");
            Left.Links.Move("cable1", Right.Space);
            Right.Links.Rename("cable1", CableDevice);
            Left.AddAddress(CableDevice, "192.0.2.1/30");
            Right.AddAddress(CableDevice, "192.0.2.2/30");
            Left.Links.SetUp(CableDevice);
            Right.Links.SetUp(CableDevice);
            Left.Start();
            Right.Start();
            Left.Configure(
                LeftPrivate, RightPublic, "192.0.2.2", [$"{RightIPv4}/32", $"{RightIPv6}/128", .. leftAllowed ?? []]);
            Right.Configure(
                RightPrivate, LeftPublic, "192.0.2.1", [$"{LeftIPv4}/32", $"{LeftIPv6}/128", .. rightAllowed ?? []]);

            // Switched on only now: a first handshake that nobody answers is repeated no sooner than 5 s later, and
            // the kernel's own IPv6 messages begin one at once where all destinations are allowed.
            Right.Links.SetUp(Right.Device);
            Left.Links.SetUp(Left.Device);
            Address(Left, LeftIPv4, LeftIPv6, RightIPv4, RightIPv6);
            Address(Right, RightIPv4, RightIPv6, LeftIPv4, LeftIPv6);
        }
        catch
        {
            Dispose();
            throw;
        }
    }

    /// <summary>One end.</summary>
    public WireGuardNode Left { get; }

    /// <summary>The other end.</summary>
    public WireGuardNode Right { get; }

    /// <summary>A third node, null before it is added.</summary>
    public WireGuardNode? Third { get; private set; }

    /// <summary>Adds a node that is a peer of the left end alone, over a cable of its own.</summary>
    public WireGuardNode AddThird()
    {
        Third = new WireGuardNode($"{Left.Device[..^1]}t");
        Left.Links.AddVeth("cable2", "cable3");
        Left.Links.Move("cable3", Third.Space);
        Third.Links.Rename("cable3", CableDevice);
        Left.AddAddress("cable2", "192.0.2.5/30");
        Third.AddAddress(CableDevice, "192.0.2.6/30");
        Left.Links.SetUp("cable2");
        Third.Links.SetUp(CableDevice);
        Third.Start();
        Third.Configure(ThirdPrivate, LeftPublic, "192.0.2.5", [$"{LeftIPv4}/32"]);
        Left.AddPeer(ThirdPublic, "192.0.2.6", [$"{ThirdIPv4}/32"]);
        Third.Links.SetUp(Third.Device);
        Third.AddAddress(Third.Device, $"{ThirdIPv4}/32");
        Third.Routes.Add($"{LeftIPv4}/32", Third.Device);
        Left.Routes.Add($"{ThirdIPv4}/32", Left.Device);
        return Third;
    }

    /// <summary>
    /// Why the two ends of a tunnel do not see the same packets with the installed <c>wireguard-go</c>; null where
    /// they do. From 2023 on it has the kernel hand over, and hands back, many segments as one packet.
    /// </summary>
    public static string? WhyNotMirrored()
    {
        var start = new ProcessStartInfo("wireguard-go", ["--version"])
        {
            RedirectStandardOutput = true,
            RedirectStandardError = true,
        };
        using Process process = Process.Start(start)!;
        process.ErrorDataReceived += static (_, _) => { };
        process.BeginErrorReadLine();
        string said = process.StandardOutput.ReadToEnd();
        process.WaitForExit();
        Match version = Version().Match(said);
        const int LastWithoutMerging = 2023_02_23;
        return version.Success
            && int.Parse(version.Groups[1].Value, CultureInfo.InvariantCulture) <= LastWithoutMerging
                ? null
                : "This wireguard-go merges packets, so that the two ends of a tunnel do not see the same ones.";
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        Left.Dispose();
        Right.Dispose();
        Third?.Dispose();
    }

    private static void Address(WireGuardNode node, string ipv4, string ipv6, string peer4, string peer6)
    {
        node.AddAddress(node.Device, $"{ipv4}/32");
        node.AddAddress(node.Device, $"{ipv6}/128");
        node.Routes.Add($"{peer4}/32", node.Device);
        node.Routes.Add($"{peer6}/128", node.Device);
    }

    [GeneratedRegex(@"v0\.0\.([0-9]{8})")]
    private static partial Regex Version();
}
