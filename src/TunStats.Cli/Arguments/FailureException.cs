using System;

namespace TunStats.Cli.Arguments;

/// <summary>The command cannot be carried out: one sentence, and exit code 1.</summary>
internal sealed class FailureException(string message) : Exception(message);
