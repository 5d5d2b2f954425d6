using System;
using System.Collections.Generic;
using System.Linq;
using TunStats.Net;

namespace TunStats.Classes;

/// <summary>A node of the overlay network in a message. Immutable.</summary>
public sealed class NetLogNode
{
    /// <summary>The stable id; empty if unknown.</summary>
    public string NodeId { get; init; } = string.Empty;

    /// <summary>The DNS name, without a trailing dot; empty for none.</summary>
    public string Name { get; init; } = string.Empty;

    /// <summary>Its addresses in the overlay.</summary>
    /// <exception cref="FormatException">A text is not a valid address.</exception>
    public IReadOnlyList<string> Addresses
    {
        get => [.. AddressValues.Select(address => address.ToString())];
        init => AddressValues = [.. value.Select(IpAddr.Parse)];
    }

    /// <summary>The operating system; empty if unknown.</summary>
    public string OS { get; init; } = string.Empty;

    /// <summary>The login name of its user; empty for a tagged node.</summary>
    public string User { get; init; } = string.Empty;

    /// <summary>Its tags.</summary>
    public IReadOnlyList<string> Tags { get; init; } = [];

    /// <summary>Its addresses, typed.</summary>
    internal IReadOnlyList<IpAddr> AddressValues { get; init; } = [];

    /// <summary>
    /// A node from the data of a control server: the trailing dot of the name is removed, of the prefixes only single
    /// addresses are kept (the last of each family, IPv4 first), tags are sorted and distinct, and a tagged node has no
    /// user.
    /// </summary>
    public static NetLogNode FromControl(
        string nodeId,
        string? name,
        IEnumerable<IpPrefix> addresses,
        string? os,
        string? user,
        IEnumerable<string> tags)
    {
        ArgumentNullException.ThrowIfNull(nodeId);
        IpAddr[] single = [.. addresses.Where(prefix => prefix.IsSingleAddress).Select(prefix => prefix.Address)];
        string[] sorted = [.. tags.Distinct(StringComparer.Ordinal).Order(StringComparer.Ordinal)];
        name ??= string.Empty;
        return new NetLogNode
        {
            NodeId = nodeId,
            Name = name.EndsWith('.') ? name[..^1] : name,
            AddressValues = [.. single.Where(a => a.Is4).TakeLast(1), .. single.Where(a => a.Is6).TakeLast(1)],
            OS = os ?? string.Empty,
            User = sorted.Length == 0 ? user ?? string.Empty : string.Empty,
            Tags = sorted,
        };
    }

    /// <summary>The name, else the id.</summary>
    public override string ToString() => Name.Length > 0 ? Name : NodeId;
}
