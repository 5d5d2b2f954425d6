using System;
using TunStats.Lab;
using Xunit;

namespace TunStats.Tests.Live;

/// <summary>
/// A test on this kernel, in a network namespace of its own; skipped, with the reason, where there is none.
/// </summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class LiveFactAttribute : FactAttribute
{
    internal static readonly string? Reason = PrivateNamespace.WhyNot();

    public LiveFactAttribute() => Skip = Reason;
}
