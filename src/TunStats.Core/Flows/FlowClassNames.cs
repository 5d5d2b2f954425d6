namespace TunStats.Flows;

/// <summary>
/// The names of classes. Enum.ToString uses reflection, which would enlarge the native program.
/// </summary>
internal static class FlowClassNames
{
    internal static string Of(FlowClass flowClass) => flowClass switch
    {
        FlowClass.Virtual => nameof(FlowClass.Virtual),
        FlowClass.Subnet => nameof(FlowClass.Subnet),
        FlowClass.Exit => nameof(FlowClass.Exit),
        FlowClass.Physical => nameof(FlowClass.Physical),
        FlowClass.Unknown => nameof(FlowClass.Unknown),
        _ => nameof(FlowClass.None),
    };
}
