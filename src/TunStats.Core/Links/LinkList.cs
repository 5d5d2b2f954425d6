using System.Collections.Generic;
using TunStats.Netlink;

namespace TunStats.Links;

/// <summary>What a dump returned, and whether it is one consistent state.</summary>
/// <typeparam name="T">What was listed.</typeparam>
/// <param name="Items">The entries in the kernel's order.</param>
/// <param name="Outcome">
/// <see cref="DumpOutcome.Interrupted"/> where interfaces kept changing while they were listed, so that one may be
/// missing or stand twice.
/// </param>
public readonly record struct LinkList<T>(IReadOnlyList<T> Items, DumpOutcome Outcome);
