using System;
using System.Threading;
using TunStats.Capture;
using TunStats.Flows;
using TunStats.Routes;

namespace TunStats.Sessions;

/// <summary>The connections of one capture file, by the file's own time.</summary>
internal sealed class FileFlowSource : IFlowSource
{
    private readonly FlowSessionOptions _options;

    internal FileFlowSource(string path, FlowSessionOptions options)
    {
        Name = path;
        _options = options;
    }

    public string Name { get; }

    public bool IsLive => false;

    public void Begin(CancellationToken cancellationToken)
    {
        // A file's windows are on its own time.
    }

    public void Run(FlowQueue queue, CancellationToken stop)
    {
        var capture = new CaptureOptions
        {
            LocalAddresses = _options.LocalAddresses.Count > 0 ? _options.LocalAddresses : null,
            InterfaceAddresses = InterfaceAddresses.Of,
            Warn = warning => queue.Post(warning.Message),
        };
        using CaptureReader reader = CaptureReader.Open(Name, capture);
        FlowMeterOptions meter = _options.Meter with { Progress = () => queue.Post(ProgressOf(reader)) };
        try
        {
            foreach (FlowReport report in FileFlowMeter.Read(reader, meter, stop))
            {
                if (!queue.Post(report))
                {
                    return;
                }
            }
        }
        catch (OperationCanceledException) when (stop.IsCancellationRequested)
        {
            queue.Post(FlowWarnings.Stopped(Name));
        }
    }

    public void Dispose()
    {
        // The file is open only while it is read.
    }

    private FlowProgress ProgressOf(CaptureReader reader)
    {
        long done = reader.BytesRead;
        return new FlowProgress(
            Name,
            FlowWarnings.BytesRead(done, reader.Length),
            reader.Length is > 0 and { } length ? Math.Min(1, done / (double)length) : null);
    }
}
