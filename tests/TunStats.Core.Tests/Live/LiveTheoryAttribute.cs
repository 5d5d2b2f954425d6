using System;
using Xunit;

namespace TunStats.Tests.Live;

/// <summary>A <see cref="LiveFactAttribute"/> with data.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class LiveTheoryAttribute : TheoryAttribute
{
    public LiveTheoryAttribute() => Skip = LiveFactAttribute.Reason;
}
