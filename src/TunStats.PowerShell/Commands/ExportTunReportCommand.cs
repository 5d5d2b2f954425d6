using System;
using System.Collections.Generic;
using System.IO;
using System.Management.Automation;
using TunStats.Flows;
using TunStats.IO;
using TunStats.NetLog;
using TunStats.Peers;
using TunStats.Polling;
using TunStats.PowerShell.Conversion;
using TunStats.PowerShell.Errors;
using TunStats.Views;

namespace TunStats.PowerShell.Commands;

/// <summary>Export-TunReport: flows, messages and samples as one HTML file.</summary>
[Cmdlet(VerbsData.Export, "TunReport", SupportsShouldProcess = true)]
[OutputType(typeof(FileInfo))]
public sealed class ExportTunReportCommand : TunStatsCmdlet
{
    private readonly TunReport _report = new();
    private readonly FlowConverter _flows = new();
    private readonly MessageConverter _messages = new();
    private readonly HashSet<Type> _refused = [];
    private readonly ErrorLimit _refusals;
    private object? _input;
    private bool _hasToldOfCsv;
    private string _path = "";
    private ReportFile? _file;

    /// <summary>Makes the cmdlet.</summary>
    public ExportTunReportCommand() => _refusals = new ErrorLimit(
        "The input", error => WriteError(ErrorRecords.NotReportable(error, _input)));

    /// <summary>The report's file; nothing in it is a wildcard.</summary>
    [Parameter(Mandatory = true, Position = 0)]
    [Alias("LiteralPath")]
    [ValidateNotNullOrEmpty]
    public string Path { get; set; } = "";

    /// <summary>Flows, messages and samples.</summary>
    [Parameter(ValueFromPipeline = true)]
    public PSObject?[]? InputObject { get; set; } = [];

    /// <summary>Network logs; wildcards are resolved.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    [SupportsWildcards]
    public string[] LogPath { get; set; } = [];

    /// <summary>The heading.</summary>
    [Parameter]
    [ValidateNotNullOrEmpty]
    public string? Title { get; set; }

    /// <summary>Leaves an existing file as it is.</summary>
    [Parameter]
    public SwitchParameter NoClobber { get; set; }

    /// <summary>Writes the file to the pipeline.</summary>
    [Parameter]
    public SwitchParameter PassThru { get; set; }

    /// <inheritdoc/>
    protected override void BeginProcessing()
    {
        // Validate everything that can fail before hours of input are read.
        _path = ResolveFile(Path);
        CheckClobber();
        Try(() => _file = ReportFile.Open(_path));
    }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        foreach (PSObject? input in InputObject ?? [])
        {
            if (input is not null)
            {
                Add(input);
            }
        }
    }

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        _input = null;
        _refusals.Complete();
        foreach (string file in FilePaths.Resolve(this, LogPath, isLiteral: false))
        {
            Guard(() => ReadLog(file), file);
        }

        foreach (string warning in _report.Repeats.Warnings)
        {
            WriteWarning($"{warning}.");
        }

        if (_report.IsEmpty)
        {
            WriteWarning("There was no flow, no message and no sample: no report was written.");
        }
        else if (ShouldProcess(_path, "Write the report"))
        {
            Write();
        }
    }

    private void Add(PSObject input)
    {
        switch (input.BaseObject)
        {
            case TupleCounts flow:
                _report.Add(flow);
                break;
            case NetLogMessage message:
                _report.Add(message);
                break;
            case LinkSample sample:
                _report.Add(sample);
                break;
            case LinkAlert or PeerPathChange:
                // The job of the samples has them too.
                break;
            case FlowGroup or string:
                // One error says it for all of them.
                if (_refused.Add(input.BaseObject.GetType()))
                {
                    WriteError(ErrorRecords.NotReportable(input.BaseObject));
                }

                break;
            default:
                AddConverted(input);
                break;
        }
    }

    /// <summary>Adds what came back from a job, a file or another machine.</summary>
    private void AddConverted(PSObject input)
    {
        try
        {
            if (_messages.CanConvertFrom(input, typeof(NetLogMessage)))
            {
                _report.Add((NetLogMessage)_messages.ConvertFrom(input, typeof(NetLogMessage), null!, false));
            }
            else if (_flows.CanConvertFrom(input, typeof(TupleCounts)))
            {
                _report.Add((TupleCounts)_flows.ConvertFrom(input, typeof(TupleCounts), null!, false));
            }
            else if (!IsEvent(new PropertyReader(input))
                && !SampleConverter.TryAdd(new PropertyReader(input), _report))
            {
                Refuse(input);
            }
        }
        catch (Exception e) when (e is PSInvalidCastException or FormatException)
        {
            Refuse(input, e);
        }
    }

    /// <summary>Whether an object is an alert or a change of a path, which the job of the samples has too.</summary>
    private static bool IsEvent(PropertyReader input) =>
        (input.Has("Sample") && input.Has("Since")) || (input.Has("PreviousPath") && input.Has("PreviousVia"));

    private void Refuse(PSObject input, Exception? cause = null)
    {
        Exception error = ErrorRecords.NotReportable(input, cause).Exception;
        if (SampleConverter.HasLostCounters(new PropertyReader(input)))
        {
            if (_hasToldOfCsv)
            {
                return;
            }

            _hasToldOfCsv = true;
            error = new FormatException(
                "Samples from CSV have no counters, which CSV cannot hold; none of them is in the report. Keep samples "
                + "with Export-Clixml, or with ConvertTo-Json -Depth 3.");
        }

        _input = input;
        _refusals.Add(error);
    }

    private void ReadLog(string file)
    {
        if (_report.Repeats.IsRepeated(file))
        {
            WriteWarning($"{ReportRepeats.TextOf(file)}.");
            return;
        }

        try
        {
            using NetLogReader reader = NetLogReader.Open(file);
            var errors = new ErrorLimit(file, error => WriteError(ErrorRecords.InvalidNetLogMessage(error, file)));
            bool hasProgress = false;
            _report.Add(
                reader,
                errors.Add,
                () =>
                {
                    hasProgress = true;
                    WriteProgress(FileProgress.Of(reader.InputName, reader.BytesRead, reader.Length));
                },
                StopToken);
            errors.Complete();
            if (hasProgress)
            {
                WriteProgress(FileProgress.Done(reader.InputName));
            }
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            WriteError(ErrorRecords.FromFile(e, file));
        }
    }

    private void Write()
    {
        CheckClobber();
        Try(() => _file!.Write(_report.ToHtml(Title, TimeProvider.System.GetUtcNow())));
        if (PassThru)
        {
            WriteObject(new FileInfo(_path));
        }
    }

    private void CheckClobber()
    {
        if (NoClobber && System.IO.Path.Exists(_path))
        {
            ThrowTerminatingError(ErrorRecords.FileExists(_path));
        }
    }

    private void Try(Action step) => Guard(
        () =>
        {
            try
            {
                step();
            }
            catch (Exception e) when (FileErrors.IsFileError(e))
            {
                ThrowTerminatingError(ErrorRecords.FileNotWritable(e, _path));
            }
        },
        _path);
}
