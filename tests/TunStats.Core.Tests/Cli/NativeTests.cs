using Xunit;

namespace TunStats.Tests.Cli;

/// <summary>Tests that start the native program; one at a time, since some of them measure.</summary>
[CollectionDefinition(Name)]
public sealed class NativeTests : ICollectionFixture<NativeProgram>
{
    internal const string Name = "native";
}
