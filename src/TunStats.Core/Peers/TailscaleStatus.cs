using System;
using System.Collections.Generic;
using System.Globalization;
using System.Text;

namespace TunStats.Peers;

/// <summary>tailscaled's <c>status</c>, as far as peers need it.</summary>
internal sealed class TailscaleStatus
{
    internal TailscaleNode? Self { get; private set; }

    internal List<TailscaleNode> Peers { get; } = [];

    /// <summary>The login names of users by their id.</summary>
    internal Dictionary<long, string> Users { get; } = [];

    /// <summary>Reads a document.</summary>
    /// <exception cref="FormatException">A member is not valid; the message says which.</exception>
    /// <exception cref="System.Text.Json.JsonException">It is not valid JSON, or is truncated.</exception>
    /// <exception cref="InvalidOperationException">A text is not valid Unicode.</exception>
    internal static TailscaleStatus Parse(ReadOnlySpan<byte> document)
    {
        var status = new TailscaleStatus();
        var json = new TailscaleJson(document);
        if (!json.EnterObject("status"))
        {
            throw new FormatException("it is null");
        }

        while (json.NextMember(out ReadOnlySpan<byte> name))
        {
            if (name.SequenceEqual("Self"u8))
            {
                status.Self = TailscaleNode.Read(ref json, "Self");
            }
            else if (name.SequenceEqual("Peer"u8))
            {
                status.ReadPeers(ref json);
            }
            else if (name.SequenceEqual("User"u8))
            {
                status.ReadUsers(ref json);
            }
            else
            {
                json.Skip();
            }
        }

        return status;
    }

    /// <summary>Reads the numbers of DERP regions by code from a document of <c>derpmap</c>.</summary>
    /// <inheritdoc cref="Parse"/>
    internal static Dictionary<string, ushort> ParseRegions(ReadOnlySpan<byte> document)
    {
        Dictionary<string, ushort> regions = [];
        var json = new TailscaleJson(document);
        if (!json.EnterObject("derpmap"))
        {
            return regions;
        }

        while (json.NextMember(out ReadOnlySpan<byte> name))
        {
            if (!name.SequenceEqual("Regions"u8))
            {
                json.Skip();
            }
            else if (json.EnterObject("Regions"))
            {
                while (json.NextMember(out _))
                {
                    ReadRegion(ref json, regions);
                }
            }
        }

        return regions;
    }

    private static void ReadRegion(ref TailscaleJson json, Dictionary<string, ushort> regions)
    {
        if (!json.EnterObject("Regions"))
        {
            return;
        }

        string code = string.Empty;
        long number = 0;
        while (json.NextMember(out ReadOnlySpan<byte> name))
        {
            if (name.SequenceEqual("RegionID"u8))
            {
                number = json.Number("RegionID");
            }
            else if (name.SequenceEqual("RegionCode"u8))
            {
                code = json.Text("RegionCode");
            }
            else
            {
                json.Skip();
            }
        }

        if (number is > 0 and <= ushort.MaxValue)
        {
            regions[code] = (ushort)number;
        }
    }

    private void ReadPeers(ref TailscaleJson json)
    {
        if (!json.EnterObject("Peer"))
        {
            return;
        }

        while (json.NextMember(out _))
        {
            if (TailscaleNode.Read(ref json, "Peer") is { } peer)
            {
                Peers.Add(peer);
            }
        }
    }

    private void ReadUsers(ref TailscaleJson json)
    {
        if (!json.EnterObject("User"))
        {
            return;
        }

        while (json.NextMember(out ReadOnlySpan<byte> key))
        {
            // The member's name is the id, as text.
            bool isId = long.TryParse(
                Encoding.UTF8.GetString(key), NumberStyles.AllowLeadingSign, CultureInfo.InvariantCulture, out long id);
            string loginName = string.Empty;
            if (json.EnterObject("User"))
            {
                while (json.NextMember(out ReadOnlySpan<byte> name))
                {
                    if (name.SequenceEqual("LoginName"u8))
                    {
                        loginName = json.Text("LoginName");
                    }
                    else
                    {
                        json.Skip();
                    }
                }
            }

            if (isId)
            {
                Users[id] = loginName;
            }
        }
    }
}
