namespace TunStats.Flows;

/// <summary>
/// The names of classes. Enum.ToString looks names up by reflection, which a native program would carry for this alone.
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
