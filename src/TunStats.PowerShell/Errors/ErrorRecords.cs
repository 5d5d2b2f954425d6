using System;
using System.Globalization;
using System.IO;
using System.Management.Automation;
using TunStats.Flows;
using TunStats.IO;
using TunStats.Interop;
using TunStats.Net;

namespace TunStats.PowerShell.Errors;

/// <summary>Turns every exception of the core into an error record with its id, category and target.</summary>
internal static class ErrorRecords
{
    private const int MaxShownLength = 100;

    /// <summary>The same record; control characters in names of files, devices and nodes are escaped.</summary>
    internal static ErrorRecord Printable(ErrorRecord record)
    {
        string message = record.Exception.Message;
        string printable = PrintableText.Escape(message);
        if (record.ErrorDetails is null && printable != message)
        {
            record.ErrorDetails = new ErrorDetails(printable);
        }

        return record;
    }

    /// <summary>Makes the record of an exception.</summary>
    /// <param name="exception">What the core threw.</param>
    /// <param name="target">The input that it is about.</param>
    internal static ErrorRecord From(Exception exception, object? target)
    {
        if (exception is not TunStatsException error)
        {
            return new ErrorRecord(exception, ErrorIds.Unexpected, ErrorCategory.InvalidOperation, target);
        }

        // The core knows the full path of a metrics file; the target is the path as it was given.
        target = ErrorKinds.IsOfMetricsFile(error.Kind) ? target ?? error.Input : error.Input ?? target;
        return new ErrorRecord(error, ErrorKinds.IdOf(error.Kind), ErrorKinds.CategoryOf(error), target);
    }

    /// <summary>Makes the record of an argument that the core refused.</summary>
    internal static ErrorRecord InvalidArgument(string id, ArgumentException exception, object? target)
    {
        // .NET appends the name that the argument has in the core.
        string message = exception.Message.Replace(
            $" (Parameter '{exception.ParamName}')", "", StringComparison.Ordinal);
        return new(new ArgumentException(message, exception), id, ErrorCategory.InvalidArgument, target);
    }

    /// <summary>Makes the record of a parameter that does nothing as long as another one is missing.</summary>
    /// <param name="parameter">The parameter's name.</param>
    /// <param name="needed">What is missing, with its dash.</param>
    /// <param name="value">The parameter's value.</param>
    internal static ErrorRecord NoEffect(string parameter, string needed, object? value) => new(
        new ArgumentException(
            $"-{parameter} has no effect without {needed}. Add {needed}, or leave -{parameter} out."),
        ErrorIds.ParameterHasNoEffect,
        ErrorCategory.InvalidArgument,
        value);

    /// <summary>Makes the record of a parameter that does nothing beside another.</summary>
    internal static ErrorRecord NoEffectBeside(string parameter, string other, object? value) => new(
        new ArgumentException($"-{parameter} has no effect with -{other}. Leave one of them out."),
        ErrorIds.ParameterHasNoEffect,
        ErrorCategory.InvalidArgument,
        value);

    /// <summary>Makes the record of a logger that does not run.</summary>
    internal static ErrorRecord NetLoggerNotFound(string name) => new(
        new ItemNotFoundException(
            $"No logger or logged device is named '{name}'. Get-NetLogger lists those that run."),
        ErrorIds.NetLoggerNotFound,
        ErrorCategory.ObjectNotFound,
        name);

    /// <summary>Makes the record of a destination that is not valid.</summary>
    internal static ErrorRecord InvalidLogSink(Exception exception, string text) => new(
        exception, ErrorIds.InvalidLogSink, ErrorCategory.InvalidArgument, text);

    /// <summary>Makes the record of one socket that is to be of several devices.</summary>
    internal static ErrorRecord SocketOfSeveralDevices(string path) => new(
        new ArgumentException($"-SocketPath '{path}' is the socket of one device. Give one -Name or none."),
        ErrorIds.SocketOfSeveralDevices,
        ErrorCategory.InvalidArgument,
        path);

    /// <summary>Makes the record of a time that is too short or too long.</summary>
    /// <param name="id">The error's id.</param>
    /// <param name="parameter">The parameter's name.</param>
    /// <param name="value">The time.</param>
    /// <param name="least">The shortest one; the longest is a day.</param>
    internal static ErrorRecord TimeOutOfRange(string id, string parameter, TimeSpan value, TimeSpan least) => new(
        new ArgumentException(string.Create(
            CultureInfo.InvariantCulture,
            $"-{parameter}: {value.TotalSeconds} s is out of range: it may be from {least.TotalSeconds} s to 1 day.")),
        id,
        ErrorCategory.InvalidArgument,
        value);

    /// <summary>Makes the record of a path that is not the file system's.</summary>
    internal static ErrorRecord NotAFilePath(string path, string provider) => new(
        new ArgumentException(
            $"'{path}' is a path of PowerShell's {provider} provider, not of a file. Give a path of the file system."),
        ErrorIds.NotAFilePath,
        ErrorCategory.InvalidArgument,
        path);

    /// <summary>Makes the record of a flow between the two families.</summary>
    internal static ErrorRecord MixedFamilies(TupleCounts flow) => new(
        new ArgumentException(
            $"The flow {flow} is left out: one end is IPv4, the other IPv6, which no packet can be. Correct what made "
            + "it."),
        ErrorIds.MixedFamilies,
        ErrorCategory.InvalidData,
        flow);

    /// <summary>Makes the record of a question about routes where none are named.</summary>
    internal static ErrorRecord NoRoutes() => new(
        new ArgumentException(
            "Nothing says which routes to use: give the name of a device with -RouteDevice, or give -Route, "
            + "-LocalAddress or -RouteFile."),
        ErrorIds.NoRoutes,
        ErrorCategory.InvalidArgument,
        targetObject: null);

    /// <summary>Makes the record of a text that is not an address.</summary>
    internal static ErrorRecord InvalidAddress(string text, IpParseError error) => new(
        new FormatException($"'{text}' is not a valid address: {error.Describe()}."),
        ErrorIds.InvalidAddress,
        ErrorCategory.InvalidArgument,
        text);

    /// <summary>Makes the record of a path that names nothing.</summary>
    internal static ErrorRecord FileNotFound(string path, Exception? inner) => new(
        new FileNotFoundException($"There is no file '{path}'.", path, inner),
        ErrorIds.FileNotFound,
        ErrorCategory.ObjectNotFound,
        path);

    /// <summary>Makes the record of a file that cannot be opened or read.</summary>
    internal static ErrorRecord FromFile(Exception exception, string path) => exception switch
    {
        FileNotFoundException or DirectoryNotFoundException => FileNotFound(path, exception),
        UnauthorizedAccessException when !Directory.Exists(path) => new ErrorRecord(
            exception, ErrorIds.FileDenied, ErrorCategory.PermissionDenied, path),
        _ when Directory.Exists(path) => new ErrorRecord(
            new IOException($"'{path}' is a directory. Give the path of a file.", exception),
            ErrorIds.PathIsDirectory,
            ErrorCategory.InvalidArgument,
            path),
        _ => new ErrorRecord(exception, ErrorIds.FileUnreadable, ErrorCategory.ReadError, path),
    };

    /// <summary>Makes the record of a file that is to be made and is there.</summary>
    internal static ErrorRecord FileExists(string path) => new(
        new IOException($"The file '{path}' exists. Give another -Path, or leave -NoClobber out to replace it."),
        ErrorIds.FileExists,
        ErrorCategory.ResourceExists,
        path);

    /// <summary>Makes the record of a file that cannot be written.</summary>
    internal static ErrorRecord FileNotWritable(Exception exception, string path) => new(
        new IOException(FileErrors.Describe(exception, path), exception),
        ErrorIds.FileNotWritable,
        ErrorCategory.WriteError,
        path);

    /// <summary>Makes the record of a $using: variable that the caller does not have.</summary>
    internal static ErrorRecord UndefinedUsing(string name) => new(
        new ItemNotFoundException(
            $"The variable '$using:{name}' in -AlertWhen or -Action is not set. Set it before Start-TunStatsPoller, or "
            + "correct its name."),
        ErrorIds.UsingVariableIsUndefined,
        ErrorCategory.ObjectNotFound,
        name);

    /// <summary>Makes the record of objects that a report has no place for.</summary>
    internal static ErrorRecord NotReportable(Exception error, object? input) =>
        new(error, ErrorIds.NotReportable, ErrorCategory.InvalidType, input);

    /// <summary>Makes the record of an object that a report has no place for.</summary>
    internal static ErrorRecord NotReportable(object input, Exception? exception = null) => new(
        new ArgumentException(
            input switch
            {
                FlowGroup =>
                    "Groups of connections have no place in a report, which makes groups of its own. Leave -GroupBy "
                    + "out of Get-FlowTraffic.",
                string => "Text is not an object of a report. Convert it first, with ConvertFrom-NetLogMessage or "
                    + "ConvertFrom-Json, or give a log with -LogPath.",
                _ => $"'{PrintableText.Escape($"{input}", MaxShownLength)}' is not a flow, a network log message or "
                    + $"a sample{(exception is null ? "" : $": {exception.Message.TrimEnd('.')}")}. Give objects of "
                    + "Get-FlowTraffic, ConvertFrom-NetLogMessage or Start-TunStatsPoller, or a log with -LogPath.",
            },
            exception),
        ErrorIds.NotReportable,
        ErrorCategory.InvalidType,
        input);

    /// <summary>Makes the record of text that is not a network log message.</summary>
    internal static ErrorRecord InvalidNetLogMessage(Exception exception, object? target) =>
        new(exception, ErrorIds.InvalidNetLogMessage, ErrorCategory.InvalidData, target);

    /// <summary>Makes the record of a text that is not a protocol.</summary>
    internal static ErrorRecord InvalidProtocol(string text) => new(
        new ArgumentException(
            $"'{text}' is not a valid IP protocol. Give a name such as tcp, udp or icmp, or a number from 0 to 255."),
        ErrorIds.InvalidProtocol,
        ErrorCategory.InvalidArgument,
        text);

    /// <summary>Makes the record of a text that is not a prefix.</summary>
    internal static ErrorRecord InvalidPrefix(string text, IpParseError error) => new(
        new FormatException($"'{text}' is not a valid prefix: {error.Describe()}."),
        ErrorIds.InvalidPrefix,
        ErrorCategory.InvalidArgument,
        text);
}
