// Deliberate breaches of the order of rooms, to see that the test of that order finds each of them.
namespace TunStats.Tests.House.Breach.Lower
{
    internal static class Tool
    {
        internal static int Use() => 1;
    }
}

namespace TunStats.Tests.House.Breach.Upper
{
    internal static class PartlyQualified
    {
        internal static int Use() => Lower.Tool.Use();
    }

    internal static class TypeArgument
    {
        internal static readonly System.Collections.Generic.List<Lower.Nothing[]> None = [];
    }

    internal static class Lambda
    {
        internal static readonly System.Func<int> Use = () => Lower.Tool.Use();
    }

    internal static class Innocent
    {
        internal static int Use() => "Lower.Tool".Length;
    }
}

namespace TunStats.Tests.House.Breach.Lower
{
    internal sealed class Nothing
    {
        internal static int Use() => Upper.Innocent.Use();
    }
}
