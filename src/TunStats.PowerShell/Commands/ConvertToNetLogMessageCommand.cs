using System;
using System.Buffers;
using System.Collections.Generic;
using System.Management.Automation;
using System.Text;
using TunStats.Classes;
using TunStats.Flows;
using TunStats.IO;
using TunStats.Net;
using TunStats.NetLog;
using TunStats.Peers;
using TunStats.PowerShell.Completion;
using TunStats.PowerShell.Errors;

namespace TunStats.PowerShell.Commands;

/// <summary>ConvertTo-NetLogMessage: flows as network log messages, as soon as their window is complete.</summary>
[Cmdlet(VerbsData.ConvertTo, "NetLogMessage")]
[OutputType(typeof(NetLogMessage), typeof(string))]
public sealed class ConvertToNetLogMessageCommand : ClassifierCmdlet
{
    private readonly ArrayBufferWriter<byte> _json = new();
    private NetLogCollector? _collector;
    private bool _hasReportedUnclassified;

    /// <summary>The flows.</summary>
    [Parameter(Mandatory = true, ValueFromPipeline = true)]
    [ValidateNotNull]
    public TupleCounts InputObject { get; set; } = null!;

    /// <summary>The device whose addresses and routes the kernel is asked for.</summary>
    [Parameter(Position = 0)]
    [Alias("InterfaceName", "IfName", "Device")]
    [ValidateNotNullOrEmpty]
    [ArgumentCompleter(typeof(DeviceNameCompleter))]
    public string? Name { get; set; }

    /// <summary>1 for the messages of 2022, 2 for today's.</summary>
    [Parameter]
    [ValidateSet("1", "2")]
    public int SchemaVersion { get; set; } = 1;

    /// <summary>The stable id of the node that counted.</summary>
    [Parameter]
    [ValidateNotNull]
    public string NodeId { get; set; } = string.Empty;

    /// <summary>The first instant of one message of all flows.</summary>
    [Parameter]
    public DateTime Start { get; set; }

    /// <summary>The last instant of one message of all flows.</summary>
    [Parameter]
    public DateTime End { get; set; }

    /// <summary>Keeps protocol, addresses and ports of exit traffic.</summary>
    [Parameter]
    public SwitchParameter IncludeExit { get; set; }

    /// <summary>Names nodes, and classifies, by the peers of the device of -Name.</summary>
    [Parameter]
    public SwitchParameter Peers { get; set; }

    /// <summary>Writes each message as one line of JSON.</summary>
    [Parameter]
    public SwitchParameter AsJson { get; set; }

    private NetLogSchema Schema => SchemaVersion == 1 ? NetLogSchema.V1 : NetLogSchema.V2;

    /// <inheritdoc/>
    protected override void BeginProcessing()
    {
        Require(nameof(NodeId), !AsJson || Schema != NetLogSchema.V1, "-SchemaVersion 2");
        Require(nameof(NetworkNamespace), Name is not null || RouteDevice.Length > 0, "-Name or -RouteDevice");
        Require(nameof(Peers), Name is not null, "-Name");
        if (Peers)
        {
            Guard(ReadPeers, Name);
        }

        ClassifierSource? source = Name is null ? OpenSource() : OpenSource(Name);
        var options = new NetLogMessageOptions
        {
            Schema = Schema,
            NodeId = NodeId,
            IncludeExit = IncludeExit,
            Reclassify = source is not null,
        };
        NanoTime? start = Given(nameof(Start), Start);
        NanoTime? end = Given(nameof(End), End);
        GuardTimes(() => _collector = new NetLogCollector(options, Classifier, start, end));
    }

    /// <inheritdoc/>
    protected override void ProcessRecord()
    {
        if (NetLogCollector.HasMixedFamilies(InputObject))
        {
            WriteError(ErrorRecords.MixedFamilies(InputObject));
            return;
        }

        if (Source is null && InputObject.Class == FlowClass.None && !_hasReportedUnclassified)
        {
            _hasReportedUnclassified = true;
            WriteWarning(
                "Flows without a class become exit traffic, since no routes are known. Give -Name for those of a "
                + "device, -Route or -RouteFile, or use Get-FlowTraffic -Classify.");
        }

        Write(_collector!.Add(InputObject));
    }

    /// <inheritdoc/>
    protected override void EndProcessing() => GuardTimes(() => Write(_collector!.Finish()));

    private void ReadPeers()
    {
        using NetworkNamespace? space = OpenNamespace(NetworkNamespace);
        using IPeerSource? source = PeerSources.Open(Name!, networkNamespace: space, cancellationToken: StopToken);
        PeersOfDevice = source?.Read(StopToken);
        if (PeersOfDevice is null)
        {
            WriteWarning($"'{Name}' has no source of peers: no node is named.");
        }
    }

    private NanoTime? Given(string parameter, DateTime value) =>
        Has(parameter) ? NanoTime.FromDateTime(value.ToUniversalTime()) : null;

    private FlowClassifier? Classifier()
    {
        Guard(() => Source?.Refresh(StopToken), Name);
        return Source?.Current;
    }

    private void GuardTimes(Action step)
    {
        try
        {
            step();
        }
        catch (ArgumentException e) when (e.ParamName == "end")
        {
            ThrowTerminatingError(ErrorRecords.InvalidArgument(ErrorIds.EndBeforeStart, e, End));
        }
    }

    private void Write(IReadOnlyList<NetLogMessage> messages)
    {
        foreach (NetLogMessage message in messages)
        {
            if (!AsJson)
            {
                WriteObject(message);
                continue;
            }

            _json.ResetWrittenCount();
            NetLogJsonWriter.Write(_json, message, Schema);
            WriteObject(Encoding.UTF8.GetString(_json.WrittenSpan));
        }
    }
}
