using System;
using System.IO;
using System.Management.Automation;
using TunStats.IO;
using TunStats.NetLog;
using TunStats.PowerShell.Conversion;
using TunStats.PowerShell.Errors;

namespace TunStats.PowerShell.Commands;

/// <summary>ConvertFrom-NetLogMessage: network log messages from JSON, or the flows inside.</summary>
[Cmdlet(VerbsData.ConvertFrom, "NetLogMessage", DefaultParameterSetName = TextSet)]
[OutputType(typeof(NetLogMessage), typeof(Flows.TupleCounts))]
public sealed class ConvertFromNetLogMessageCommand : TunStatsCmdlet
{
    private const string TextSet = "Text";
    private const string PathSet = "Path";
    private const string LiteralPathSet = "LiteralPath";
    private const long BytesPerProgress = 16 << 20;

    private readonly MessageConverter _messages = new();
    private NetLogTextReader? _text;
    private ErrorLimit? _textErrors;
    private PSObject? _input;

    /// <summary>
    /// Text, whose lines belong together; objects that were read from JSON; and messages, for their flows.
    /// </summary>
    [Parameter(ParameterSetName = TextSet, Mandatory = true, Position = 0, ValueFromPipeline = true)]
    [AllowEmptyString]
    [AllowNull]
    public PSObject? InputObject { get; set; }

    /// <summary>Files; wildcards are resolved.</summary>
    [Parameter(ParameterSetName = PathSet, Mandatory = true)]
    [ValidateNotNullOrEmpty]
    [SupportsWildcards]
    public string[] Path { get; set; } = [];

    /// <summary>Files, by names in which nothing is a wildcard.</summary>
    [Parameter(ParameterSetName = LiteralPathSet, Mandatory = true, ValueFromPipelineByPropertyName = true)]
    [Alias("PSPath", "LP")]
    [ValidateNotNullOrEmpty]
    public string[] LiteralPath { get; set; } = [];

    /// <summary>Hands out the flows inside in place of the messages.</summary>
    [Parameter]
    public SwitchParameter Flow { get; set; }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        if (ParameterSetName == TextSet)
        {
            // PowerShell binds what fits without a conversion first: text before the path that Get-Content notes at
            // each line, but so are files and lists.
            switch (InputObject?.BaseObject)
            {
                case FileInfo file:
                    ReadFile(file.FullName);
                    break;
                case object?[] list:
                    Array.ForEach(list, input => ReadObject(input is null ? null : PSObject.AsPSObject(input)));
                    break;
                default:
                    ReadObject(InputObject);
                    break;
            }

            return;
        }

        bool isLiteral = ParameterSetName == LiteralPathSet;
        foreach (string file in FilePaths.Resolve(this, isLiteral ? LiteralPath : Path, isLiteral))
        {
            ReadFile(file);
        }
    }

    /// <inheritdoc/>
    protected override void EndProcessing()
    {
        if (_text is not null)
        {
            _text.Complete();
            WriteText(_text);
            _input = null;
            _textErrors!.Complete();
        }
    }

    private void ReadObject(PSObject? input)
    {
        const string Pipeline = "pipeline";
        _input = input;
        object text = input?.BaseObject as string ?? (object?)input ?? "";
        if (text is PSObject given && _messages.CanConvertFrom(given, typeof(NetLogMessage)))
        {
            WriteMessage(given, Pipeline);
            return;
        }

        _text ??= new NetLogTextReader(Pipeline);
        _textErrors ??= new ErrorLimit(Pipeline, error => WriteInvalid(error, _input));
        _text.AddLine(text as string ?? ObjectJson.Of(text));
        WriteText(_text);
    }

    private void WriteMessage(PSObject input, string source)
    {
        try
        {
            NetLogMessage message = input.BaseObject as NetLogMessage
                ?? (NetLogMessage)_messages.ConvertFrom(input, typeof(NetLogMessage), null!, ignoreCase: false);
            Write(message, source);
        }
        catch (PSInvalidCastException e)
        {
            WriteInvalid(e, input);
        }
    }

    private void WriteText(NetLogTextReader reader)
    {
        while (reader.TryRead(out NetLogMessage? message, out NetLogFormatException? error))
        {
            Write(message, error, reader.InputName, _textErrors!);
        }
    }

    private void ReadFile(string file) => Guard(
        () =>
        {
            try
            {
                using NetLogReader reader = NetLogReader.Open(file);
                Read(reader);
            }
            catch (Exception e) when (e is IOException or UnauthorizedAccessException)
            {
                WriteError(ErrorRecords.FromFile(e, file));
            }
        },
        file);

    private void Read(NetLogReader reader)
    {
        var errors = new ErrorLimit(reader.InputName, error => WriteInvalid(error, reader.InputName));
        long next = BytesPerProgress;
        while (reader.TryRead(out NetLogMessage? message, out NetLogFormatException? error, StopToken))
        {
            Write(message, error, reader.InputName, errors);
            if (reader.BytesRead >= next)
            {
                next = reader.BytesRead + BytesPerProgress;
                WriteProgress(FileProgress.Of(reader.InputName, reader.BytesRead, reader.Length));
            }
        }

        errors.Complete();
        if (next > BytesPerProgress)
        {
            WriteProgress(FileProgress.Done(reader.InputName));
        }
    }

    private void Write(NetLogMessage? message, NetLogFormatException? error, string source, ErrorLimit errors)
    {
        if (error is null)
        {
            Write(message!, source);
        }
        else
        {
            errors.Add(error);
        }
    }

    private void Write(NetLogMessage message, string source)
    {
        if (Flow)
        {
            WriteObject(message.GetFlows(source), enumerateCollection: true);
        }
        else
        {
            WriteObject(message);
        }
    }

    private void WriteInvalid(Exception error, object? target) =>
        WriteError(ErrorRecords.InvalidNetLogMessage(error, target));
}
