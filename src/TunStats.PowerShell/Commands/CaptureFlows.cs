using System;
using System.Collections.Generic;
using System.IO;
using System.Management.Automation;
using System.Threading;
using TunStats.Flows;
using TunStats.NetLog;
using TunStats.Packets;
using TunStats.Routes;

namespace TunStats.PowerShell.Commands;

/// <summary>Counts the connections of capture files.</summary>
internal sealed class CaptureFlows
{
    private readonly FlowMeterOptions _options;
    private readonly IFlowOutput _output;
    private readonly FlowClassifier? _classifier;
    private readonly CaptureOptions _capture;

    internal CaptureFlows(
        FlowMeterOptions options, IFlowOutput output, FlowClassifier? classifier, HashSet<IpAddr> localAddresses)
    {
        _options = options;
        _output = output;
        _classifier = classifier;
        _capture = new CaptureOptions
        {
            LocalAddresses = localAddresses.Count > 0 ? localAddresses : null,
            InterfaceAddresses = InterfaceAddresses.Of,
            Warn = warning => output.WriteFlowWarning(warning.Message),
        };
    }

    /// <summary>Reads a file. What is wrong with it is an error; what was read before is handed out.</summary>
    internal void Read(string file, Action<ProgressRecord> writeProgress, CancellationToken cancellationToken)
    {
        bool hasProgress = false;
        try
        {
            using CaptureReader reader = CaptureReader.Open(file, _capture);
            FlowMeterOptions options = _options with
            {
                Warn = _output.WriteFlowWarning,
                Progress = () =>
                {
                    hasProgress = true;
                    writeProgress(FileProgress.Of(file, reader.BytesRead, reader.Length));
                },
            };
            foreach (FlowReport report in FileFlowMeter.Read(reader, options, cancellationToken))
            {
                using (report)
                {
                    foreach (TupleCounts flow in report.TakeFlows())
                    {
                        _output.WriteFlow(FlowTrafficRun.Classified(flow, _classifier));
                    }
                }
            }
        }
        catch (CaptureFormatException e)
        {
            _output.WriteFlowError(e, file);
        }
        catch (Exception e) when (e is IOException or UnauthorizedAccessException)
        {
            _output.WriteFlowError(e, file);
        }

        if (hasProgress)
        {
            writeProgress(FileProgress.Done(file));
        }
    }
}
