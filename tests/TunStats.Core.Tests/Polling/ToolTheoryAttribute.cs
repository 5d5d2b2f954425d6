using System;
using Xunit;

namespace TunStats.Tests.Polling;

/// <summary>As <see cref="ToolFactAttribute"/>, for tests with data.</summary>
[AttributeUsage(AttributeTargets.Method)]
internal sealed class ToolTheoryAttribute : TheoryAttribute
{
    public ToolTheoryAttribute(params string[] tools) => Skip = ToolFactAttribute.WhyNot(tools);
}
