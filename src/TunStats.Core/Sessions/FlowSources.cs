using System;
using System.Collections.Generic;
using System.Threading;
using TunStats.Capture;
using TunStats.Conntrack;
using TunStats.IO;

namespace TunStats.Sessions;

/// <summary>The open sources of a session, opened in an order in which nothing is lost.</summary>
/// <param name="timeProvider">The clocks.</param>
/// <param name="closing">Stops watching routes.</param>
internal sealed class FlowSources(TimeProvider timeProvider, CancellationToken closing)
{
    private readonly List<IFlowSource> _live = [];
    private readonly List<IFlowSource> _files = [];

    /// <summary>Devices and connection tracking, which are counted in parallel.</summary>
    internal IReadOnlyList<IFlowSource> Live => _live;

    /// <summary>Capture files, which are read one after another.</summary>
    internal IReadOnlyList<IFlowSource> Files => _files;

    internal bool IsEmpty => _live.Count + _files.Count == 0;

    /// <summary>Resolves the inputs, reads the routes, opens the sources and begins the first windows.</summary>
    /// <param name="options">The options.</param>
    /// <param name="classes">Receives the routes.</param>
    /// <param name="space">The namespace of the devices; null for the caller's own.</param>
    /// <param name="sink">Receives the error of one input; the others continue.</param>
    /// <param name="cancellationToken">Cancels the wait for the kernel, and for a route file that is a pipe.</param>
    internal void Open(
        FlowSessionOptions options,
        FlowClasses classes,
        NetworkNamespace? space,
        IFlowSink sink,
        CancellationToken cancellationToken)
    {
        using var inputs = new FlowInputs(space, timeProvider, sink, cancellationToken);
        foreach (FlowInput input in options.Inputs)
        {
            if (input.Kind == FlowInputKind.Conntrack)
            {
                classes.OpenOthers("Connection tracking", sink.OnWarning, cancellationToken);
                ConntrackMonitor monitor = ConntrackMonitor.Open(space, options.Conntrack, timeProvider);
                _live.Add(new ConntrackFlowSource(monitor, options, timeProvider));
            }
            else
            {
                inputs.Resolve(input);
            }
        }

        foreach (string file in inputs.Files)
        {
            classes.OpenOthers(file, sink.OnWarning, cancellationToken);
            _files.Add(new FileFlowSource(file, options));
        }

        OpenDevices(inputs, options, classes, space, sink, cancellationToken);
        _live.ForEach(source => source.Begin(cancellationToken));
    }

    /// <summary>Adds an open live source, and begins its first window.</summary>
    internal void Add(IFlowSource source)
    {
        _live.Add(source);
        source.Begin(CancellationToken.None);
    }

    /// <summary>Closes everything.</summary>
    internal void Close()
    {
        SideBySide.Dispose([.. _live, .. _files]);
        Forget();
    }

    /// <summary>Removes closed sources.</summary>
    internal void Forget()
    {
        _live.Clear();
        _files.Clear();
    }

    private void OpenDevices(
        FlowInputs inputs,
        FlowSessionOptions options,
        FlowClasses classes,
        NetworkNamespace? space,
        IFlowSink sink,
        CancellationToken cancellationToken)
    {
        // Routes first: they must be known before the first packet.
        List<string> devices = [];
        foreach (string device in inputs.Devices)
        {
            inputs.Guard(device, () =>
            {
                classes.OpenDevice(device, sink.OnWarning, closing, cancellationToken);
                devices.Add(device);
            });
        }

        var ringOptions = new PacketRingOptions
        {
            Bytes = RingBudget.PerDevice(Math.Max(1, inputs.Devices.Count), options.RingBytes),
        };
        var opening = new RingOpening(space, ringOptions, timeProvider, sink, options.OpenRing);
        foreach ((string device, Func<IPacketRing> take) in opening.Open(devices, cancellationToken))
        {
            inputs.Guard(device, () => _live.Add(new DeviceFlowSource(take(), options, timeProvider)));
        }
    }
}
