using System;

namespace TunStats.Bench.Harness;

/// <summary>Something that a case needs is missing here. The message says what.</summary>
internal sealed class BenchSkipException(string message) : Exception(message);
