namespace TunStats.PowerShell.Errors;

/// <summary>The ids of the module's errors. They are part of its interface: scripts match them.</summary>
internal static class ErrorIds
{
    internal const string InvalidDeviceName = nameof(InvalidDeviceName);
    internal const string InvalidPollerOption = nameof(InvalidPollerOption);
    internal const string NotAFilePath = nameof(NotAFilePath);
    internal const string InvalidPrefix = nameof(InvalidPrefix);
    internal const string NoRoutes = nameof(NoRoutes);
    internal const string InvalidAddress = nameof(InvalidAddress);
    internal const string MixedFamilies = nameof(MixedFamilies);
    internal const string ParameterHasNoEffect = nameof(ParameterHasNoEffect);
    internal const string EndBeforeStart = nameof(EndBeforeStart);
    internal const string FileNotFound = nameof(FileNotFound);
    internal const string FileDenied = nameof(FileDenied);
    internal const string FileExists = nameof(FileExists);
    internal const string FileNotWritable = nameof(FileNotWritable);
    internal const string FileUnreadable = nameof(FileUnreadable);
    internal const string PathIsDirectory = nameof(PathIsDirectory);
    internal const string InvalidNetLogMessage = nameof(InvalidNetLogMessage);
    internal const string InvalidWindow = nameof(InvalidWindow);
    internal const string InvalidProtocol = nameof(InvalidProtocol);
    internal const string SocketOfSeveralDevices = nameof(SocketOfSeveralDevices);
    internal const string NetLoggerNotFound = nameof(NetLoggerNotFound);
    internal const string InvalidLogSink = nameof(InvalidLogSink);
    internal const string UsingVariableIsUndefined = nameof(UsingVariableIsUndefined);
    internal const string NotReportable = nameof(NotReportable);
    internal const string Unexpected = nameof(Unexpected);
}
