using System.Collections.Generic;
using TunStats.Netlink;

namespace TunStats.Links;

/// <summary>The result of a dump, and whether it is one consistent state.</summary>
/// <typeparam name="T">What was listed.</typeparam>
/// <param name="Items">The entries in the kernel's order.</param>
/// <param name="Outcome">
/// <see cref="DumpOutcome.Interrupted"/> where interfaces kept changing during the listing: one may be missing or
/// appear twice.
/// </param>
internal readonly record struct LinkList<T>(IReadOnlyList<T> Items, DumpOutcome Outcome);
