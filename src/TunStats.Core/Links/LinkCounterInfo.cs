namespace TunStats.Links;

/// <summary>One of the kernel's counters of an interface.</summary>
/// <param name="Name">The name of the property, such as <c>TxDropped</c>.</param>
/// <param name="MetricName">The name as a metric, without prefix and <c>_total</c>; its last word is its unit.</param>
/// <param name="Unit">The unit: bytes, packets, errors, drops or collisions.</param>
/// <param name="Help">What is counted, in one sentence without a full stop inside.</param>
internal sealed record LinkCounterInfo(string Name, string MetricName, string Unit, string Help);
