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

    /// <summary>The name, else the id.</summary>
    public override string ToString() => Name.Length > 0 ? Name : NodeId;
}
