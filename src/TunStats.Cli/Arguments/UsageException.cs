using System;

namespace TunStats.Cli.Arguments;

/// <summary>The program was called in a way that it does not understand: one sentence, and exit code 2.</summary>
internal sealed class UsageException(string message) : Exception(message);
