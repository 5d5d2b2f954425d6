using System;

namespace TunStats.Bench.Harness;

/// <summary>One figure that is to be reached.</summary>
/// <param name="Name">What is measured.</param>
/// <param name="Goal">What is to be reached, in words.</param>
/// <param name="Measure">Measures it.</param>
internal sealed record BenchCase(string Name, string Goal, Func<BenchEnvironment, Measurement> Measure);
