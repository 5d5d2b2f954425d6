using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using TunStats.Classes;
using TunStats.Flows;
using TunStats.IO;
using TunStats.Lab;
using TunStats.Routes;
using TunStats.Sessions;
using Xunit;

namespace TunStats.Tests.Live;

/// <summary>
/// Counts a device's flows in short windows on a thread of its own and classifies each window by the routes that the
/// kernel has at its end.
/// </summary>
internal sealed class FlowRecorder : IFlowSink, IDisposable
{
    private static readonly TimeSpan Deadline = TimeSpan.FromSeconds(60);

    private readonly object _gate = new();
    private readonly List<TupleCounts> _flows = [];
    private readonly CancellationTokenSource _stop = new();
    private readonly NetworkNamespace _there;
    private readonly FlowSession _session;
    private readonly KernelRoutesWatch _watch;
    private readonly Func<RouteSet, FlowClassifier> _classifier;
    private readonly Thread _thread;
    private FlowClassifier? _current;
    private Exception? _error;

    internal FlowRecorder(string device, PrivateNamespace space, Func<RouteSet, FlowClassifier>? classifier = null)
    {
        _there = space.Open();
        var options = new FlowSessionOptions
        {
            Inputs = [new FlowInput(FlowInputKind.Device, device)],
            NetworkNamespace = space.Path,
            Interval = TimeSpan.FromMilliseconds(50),
            IsContinuous = true,
        };
        _session = FlowSession.Open(options, this);
        _watch = RouteLookUps.Watch(device, _there);
        _classifier = classifier ?? (routes => new FlowClassifier(routes));
        _thread = new Thread(Run) { IsBackground = true, Name = "flow recorder" };
        _thread.Start();
    }

    /// <summary>The routes that the last window was classified by.</summary>
    internal RouteSet Routes => _watch.Current.Routes;

    /// <summary>What was counted up to now, a row for every connection of every window.</summary>
    internal List<TupleCounts> Flows
    {
        get
        {
            lock (_gate)
            {
                return [.. _flows];
            }
        }
    }

    /// <summary>Waits until a port's flows have carried so many packets, both directions together.</summary>
    /// <returns>Their class, which must have been one and the same in all windows since the one before.</returns>
    internal FlowClass ClassOf(int port, ulong packets, ulong before = 0)
    {
        lock (_gate)
        {
            long start = Environment.TickCount64;
            while (Packets(port) < before + packets)
            {
                TimeSpan left = Deadline - TimeSpan.FromMilliseconds(Environment.TickCount64 - start);
                Assert.True(
                    _error is null && left > TimeSpan.Zero && Monitor.Wait(_gate, left),
                    $"Port {port}: {Packets(port)} of {before + packets} packets. {_error}");
            }

            Assert.Equal(before + packets, Packets(port));
            ulong skipped = 0;
            return Assert.Single(Of(port).Where(f => (skipped += f.TotalPackets) > before).Select(f => f.Class)
                .Distinct());
        }

        ulong Packets(int port) => Of(port).Aggregate(0ul, (sum, flow) => sum + flow.TotalPackets);
    }

    /// <summary>Waits until another window was taken.</summary>
    internal void WaitForWindow()
    {
        lock (_gate)
        {
            Assert.True(_error is null && Monitor.Wait(_gate, Deadline), $"The meter does not go on. {_error}");
        }
    }

    /// <summary>Stops after everything that has arrived was counted.</summary>
    internal List<TupleCounts> Stop()
    {
        _stop.Cancel();
        Assert.True(_thread.Join(Deadline), "The meter did not end.");
        Assert.Null(_error);
        return Flows;
    }

    public void Dispose()
    {
        _stop.Cancel();
        _thread.Join();
        _session.Dispose();
        _watch.Dispose();
        _there.Dispose();
        _stop.Dispose();
    }

    private IEnumerable<TupleCounts> Of(int port) => _flows.Where(f => f.DestinationPort == port);

    private void Run()
    {
        try
        {
            _current = _classifier(_watch.Current.Routes);
            _session.Run(_stop.Token);
        }
        catch (Exception e)
        {
            lock (_gate)
            {
                _error = e;
                Monitor.PulseAll(_gate);
            }
        }
    }

    void IFlowSink.OnReport(FlowReport report)
    {
        if (_watch.Update())
        {
            _current = _classifier(_watch.Current.Routes);
        }

        lock (_gate)
        {
            _flows.AddRange(report.TakeFlows().Select(flow => flow.WithClass(
                _current!.Classify(flow.SrcEndpoint.Address, flow.DstEndpoint.Address).Class)));
            Monitor.PulseAll(_gate);
        }
    }

    void IFlowSink.OnError(Exception error, string source) => throw error;

    void IFlowSink.OnWarning(string message) => throw new InvalidOperationException(message);

    void IFlowSink.OnProgress(FlowProgress progress)
    {
        // Windows are short.
    }
}
