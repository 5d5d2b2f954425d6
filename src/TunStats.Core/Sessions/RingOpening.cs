using System;
using System.Collections.Generic;
using System.Linq;
using System.Runtime.ExceptionServices;
using System.Threading;
using TunStats.Capture;
using TunStats.IO;
using TunStats.Interop;

namespace TunStats.Sessions;

/// <summary>Opens the rings of several devices side by side.</summary>
/// <param name="space">The devices' namespace; null for the caller's own.</param>
/// <param name="options">How.</param>
/// <param name="timeProvider">The clock.</param>
/// <param name="sink">Takes warnings and progress.</param>
/// <param name="open">Opens a ring in place of the kernel; null for the kernel.</param>
internal sealed class RingOpening(
    NetworkNamespace? space,
    PacketRingOptions options,
    TimeProvider timeProvider,
    IFlowSink sink,
    Func<string, IPacketRing>? open = null)
{
    /// <summary>Opens the rings.</summary>
    /// <param name="devices">The names of the devices.</param>
    /// <param name="cancellationToken">Ends it after the rings under way; all are closed then.</param>
    /// <returns>
    /// For each device, in order, what gives its ring, or throws what opening it threw. All of them are to be taken.
    /// </returns>
    /// <exception cref="OperationCanceledException">The token was cancelled.</exception>
    internal IReadOnlyList<(string Device, Func<IPacketRing> Take)> Open(
        IReadOnlyList<string> devices, CancellationToken cancellationToken)
    {
        var results = new Result[devices.Count];
        try
        {
            SideBySide.Run(
                devices.Count,
                i => results[i] = cancellationToken.IsCancellationRequested ? default : Open(devices[i]),
                done => sink.OnProgress(new FlowProgress(
                    FlowProgress.NameOf(devices), "opening the capture buffer", done / (double)devices.Count)));
            cancellationToken.ThrowIfCancellationRequested();
        }
        catch
        {
            SideBySide.Dispose([.. results.Select(result => result.Ring)]);
            throw;
        }

        return [.. devices.Select((device, i) => (device, (Func<IPacketRing>)(() => Take(results[i]))))];
    }

    private Result Open(string device)
    {
        List<string> warnings = [];
        try
        {
            IPacketRing ring = open?.Invoke(device)
                ?? PacketRing.Open(device, space, timeProvider, options with { Warn = warnings.Add });
            return new Result(ring, null, warnings);
        }
        catch (TunStatsException e)
        {
            return new Result(null, ExceptionDispatchInfo.Capture(e), warnings);
        }
    }

    private IPacketRing Take(Result result)
    {
        result.Error?.Throw();
        result.Warnings.ForEach(sink.OnWarning);
        return result.Ring!;
    }

    private readonly record struct Result(IPacketRing? Ring, ExceptionDispatchInfo? Error, List<string> Warnings);
}
