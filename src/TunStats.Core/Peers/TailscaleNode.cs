using System;
using System.Collections.Generic;
using System.Linq;
using TunStats.Net;

namespace TunStats.Peers;

/// <summary>A node in tailscaled's <c>status</c> (PeerStatus), with its member names.</summary>
internal sealed class TailscaleNode
{
    internal string ID { get; private set; } = string.Empty;

    internal string PublicKey { get; private set; } = string.Empty;

    internal string HostName { get; private set; } = string.Empty;

    internal string DNSName { get; private set; } = string.Empty;

    internal string OS { get; private set; } = string.Empty;

    internal long UserID { get; private set; }

    internal List<IpAddr> TailscaleIPs { get; private set; } = [];

    internal List<IpPrefix> AllowedIPs { get; private set; } = [];

    internal List<IpPrefix> PrimaryRoutes { get; private set; } = [];

    internal List<string> Tags { get; private set; } = [];

    internal string CurAddr { get; private set; } = string.Empty;

    internal string Relay { get; private set; } = string.Empty;

    internal string PeerRelay { get; private set; } = string.Empty;

    internal ulong RxBytes { get; private set; }

    internal ulong TxBytes { get; private set; }

    internal DateTime? LastHandshake { get; private set; }

    internal bool? Online { get; private set; }

    internal bool Active { get; private set; }

    internal bool ExitNode { get; private set; }

    /// <summary>Reads the object at this place; null for none.</summary>
    internal static TailscaleNode? Read(ref TailscaleJson json, string member)
    {
        if (!json.EnterObject(member))
        {
            return null;
        }

        var node = new TailscaleNode();
        while (json.NextMember(out ReadOnlySpan<byte> name))
        {
            node.ReadMember(ref json, name);
        }

        return node.PublicKey.Length > 0
            ? node
            : throw new FormatException($"a node in its member {member} has no PublicKey");
    }

    /// <summary>The node as a peer.</summary>
    /// <param name="status">The document with the users.</param>
    /// <param name="regions">The numbers of DERP regions by code.</param>
    /// <param name="device">The tunnel device.</param>
    /// <param name="timestamp">When it was read.</param>
    internal TunPeer ToPeer(
        TailscaleStatus status, IReadOnlyDictionary<string, ushort> regions, string device, DateTime timestamp)
    {
        PeerPath home = Relay.Length > 0 ? PeerPath.Derp(Relay, regions.GetValueOrDefault(Relay)) : PeerPath.None;
        return new TunPeer
        {
            Device = device,
            Source = PeerSourceKind.Tailscale,
            Name = DNSName.EndsWith('.') ? DNSName[..^1] : DNSName,
            HostName = HostName,
            NodeId = ID,
            PublicKey = PublicKey,
            AddressList = [.. TailscaleIPs.OrderBy(address => address.Is6)],
            AllowedPrefixList = AllowedIPs,
            PrimaryRouteList = PrimaryRoutes,
            PathValue = Path(home),
            HomePath = home,
            LastHandshake = LastHandshake,
            RxBytes = RxBytes,
            TxBytes = TxBytes,
            Online = Online,
            ExitNode = ExitNode,
            TagList = Tags,
            User = Tags.Count > 0 ? string.Empty : status.Users.GetValueOrDefault(UserID, string.Empty),
            OS = OS,
            Timestamp = timestamp,
        };
    }

    private PeerPath Path(PeerPath home)
    {
        if (CurAddr.Length > 0)
        {
            _ = AddrPort.TryParse(CurAddr, out AddrPort endpoint);
            return endpoint.Address == PeerPath.DerpAddress
                ? new PeerPath(PeerPathKind.Derp, endpoint, Relay)
                : PeerPath.Direct(endpoint);
        }

        if (PeerRelay.Length > 0)
        {
            // ip:port:vni:number
            int vni = PeerRelay.IndexOf(":vni:", StringComparison.Ordinal);
            _ = AddrPort.TryParse(vni < 0 ? PeerRelay : PeerRelay.AsSpan(0, vni), out AddrPort endpoint);
            return new PeerPath(PeerPathKind.PeerRelay, endpoint, PeerRelay);
        }

        // An idle peer has a DERP region too, but no traffic over it.
        return Active ? home : PeerPath.None;
    }

    private void ReadMember(ref TailscaleJson json, ReadOnlySpan<byte> name)
    {
        switch (name.Length)
        {
            case 2 when name.SequenceEqual("ID"u8):
                ID = json.Text(nameof(ID));
                break;
            case 2 when name.SequenceEqual("OS"u8):
                OS = json.Text(nameof(OS));
                break;
            case 4 when name.SequenceEqual("Tags"u8):
                Tags = json.Texts(nameof(Tags));
                break;
            case 5 when name.SequenceEqual("Relay"u8):
                Relay = json.Text(nameof(Relay));
                break;
            case 6 when name.SequenceEqual("UserID"u8):
                UserID = json.Number(nameof(UserID));
                break;
            case 6 when name.SequenceEqual("Online"u8):
                Online = json.Flag(nameof(Online));
                break;
            case 6 when name.SequenceEqual("Active"u8):
                Active = json.Flag(nameof(Active)) ?? false;
                break;
            case 7 when name.SequenceEqual("DNSName"u8):
                DNSName = json.Text(nameof(DNSName));
                break;
            case 7 when name.SequenceEqual("CurAddr"u8):
                CurAddr = json.Text(nameof(CurAddr));
                break;
            case 7 when name.SequenceEqual("RxBytes"u8):
                RxBytes = json.Count(nameof(RxBytes));
                break;
            case 7 when name.SequenceEqual("TxBytes"u8):
                TxBytes = json.Count(nameof(TxBytes));
                break;
            case 8 when name.SequenceEqual("HostName"u8):
                HostName = json.Text(nameof(HostName));
                break;
            case 8 when name.SequenceEqual("ExitNode"u8):
                ExitNode = json.Flag(nameof(ExitNode)) ?? false;
                break;
            case 9 when name.SequenceEqual("PublicKey"u8):
                PublicKey = json.Text(nameof(PublicKey));
                break;
            case 9 when name.SequenceEqual("PeerRelay"u8):
                PeerRelay = json.Text(nameof(PeerRelay));
                break;
            case 10 when name.SequenceEqual("AllowedIPs"u8):
                AllowedIPs = json.Prefixes(nameof(AllowedIPs));
                break;
            case 12 when name.SequenceEqual("TailscaleIPs"u8):
                TailscaleIPs = json.Addresses(nameof(TailscaleIPs));
                break;
            case 13 when name.SequenceEqual("PrimaryRoutes"u8):
                PrimaryRoutes = json.Prefixes(nameof(PrimaryRoutes));
                break;
            case 13 when name.SequenceEqual("LastHandshake"u8):
                LastHandshake = json.Time(nameof(LastHandshake));
                break;
            default:
                json.Skip();
                break;
        }
    }
}
