using System.Collections.Generic;
using System.Globalization;
using System.IO;
using System.Threading;
using System;
using TunStats.Capture;
using TunStats.Classes;
using TunStats.Cli.Arguments;
using TunStats.Flows;
using TunStats.IO;
using TunStats.Interop;
using TunStats.Net;
using TunStats.NetLog;
using TunStats.Sessions;
using TunStats.Views;

namespace TunStats.Cli.Commands;

/// <summary>Reads files into a report; what is wrong with them goes to standard error, and the rest counts.</summary>
internal sealed class ReportInput(
    TunReport report, IReadOnlyCollection<IpAddr> local, ClassifierOptions classes) : IFlowSink
{
    // Captures have the resolution of the chart's shortest bucket.
    private static readonly TimeSpan Window = TimeSpan.FromSeconds(1);

    private bool _isCapture;

    /// <summary>How many errors there were.</summary>
    internal long Errors { get; private set; }

    /// <summary>Adds a capture or a network log.</summary>
    internal void AddFile(string path)
    {
        if (IsRepeated(path))
        {
            return;
        }

        _isCapture = path != "-";
        if (_isCapture)
        {
            var options = new FlowSessionOptions
            {
                Inputs = [new FlowInput(FlowInputKind.File, path)],
                Interval = Window,
                LocalAddresses = local,
                Classes = classes.IsEmpty ? null : classes,
                RouteHint = RouteOptions.Hint,
            };
            using FlowSession session = FlowSession.Open(options, this);
            session.Run();
        }

        if (!_isCapture)
        {
            AddLog(path);
        }
    }

    /// <summary>Adds samples.</summary>
    internal void AddSamples(string path)
    {
        if (!IsRepeated(path))
        {
            Guard(path, errors => ReadSamples(path, errors));
        }
    }

    public void OnReport(FlowReport window) => report.Add(window);

    public void OnError(Exception error, string source)
    {
        if (error is CaptureFormatException { Kind: ErrorKind.NotACapture })
        {
            _isCapture = false;
            return;
        }

        Errors++;
        Program.Complain(FileErrors.IsFileError(error) ? FileErrors.Describe(error, source) : error.Message);
    }

    public void OnWarning(string message) => Program.Complain($"warning: {message}");

    public void OnProgress(FlowProgress progress)
    {
        // A program of pipes and files shows none.
    }

    /// <summary>Whether a file was read before, which is reported: it would count twice.</summary>
    private bool IsRepeated(string path)
    {
        bool isRepeated = path != "-" && report.Repeats.IsRepeated(path);
        if (isRepeated)
        {
            OnWarning(ReportRepeats.TextOf(path));
        }

        return isRepeated;
    }

    private void ReadSamples(string path, ErrorLimit errors)
    {
        using Stream stream = InputFile.Open(path, "a file of samples", null);
        SampleLog.Read(
            stream,
            report,
            line => errors.Add(new FormatException(string.Create(
                CultureInfo.InvariantCulture,
                $"{InputFile.NameOf(path)}, line {line}: this is not a sample of 'tunstats poll --json'"))),
            CancellationToken.None);
    }

    private void AddLog(string path) => Guard(path, errors =>
    {
        using NetLogReader log = NetLogReader.Open(path);
        report.Add(log, errors.Add);
    });

    private void Guard(string path, Action<ErrorLimit> read)
    {
        var errors = new ErrorLimit(InputFile.NameOf(path), error => Program.Complain(error.Message));
        try
        {
            read(errors);
        }
        catch (Exception e) when (FileErrors.IsFileError(e))
        {
            throw new FailureException(FileErrors.Describe(e, path));
        }

        errors.Complete();
        Errors += errors.Count;
    }
}
