namespace TunStats.Cli.Arguments;

/// <summary>What a command takes besides its options.</summary>
/// <param name="Name">What the help calls one of them, such as NAME.</param>
/// <param name="Description">What they are, for the help.</param>
/// <param name="IsRequired">Whether there must be at least one.</param>
internal sealed record Operands(string Name, string Description, bool IsRequired);
