using System;
using System.Collections.Generic;
using System.Linq;
using System.Runtime.ExceptionServices;
using System.Threading;
using TunStats.Capture;
using TunStats.IO;
using TunStats.Interop;

namespace TunStats.Sessions;

/// <summary>Opens the rings of several devices in parallel.</summary>
/// <param name="space">The devices' namespace; null for the caller's own.</param>
/// <param name="options">The options of the session.</param>
/// <param name="timeProvider">The clock.</param>
/// <param name="sink">Receives warnings and progress.</param>
/// <param name="open">Opens a ring; null for the kernel's.</param>
internal sealed class RingOpening(
    NetworkNamespace? space,
    PacketRingOptions options,
    TimeProvider timeProvider,
    IFlowSink sink,
    Func<string, IPacketRing>? open = null)
{
    /// <summary>Opens the rings.</summary>
    /// <param name="devices">The names of the devices.</param>
    /// <param name="cancellationToken">Stops after the rings in progress; then all are closed.</param>
    /// <returns>
    /// A function per device, in order, that returns its ring or throws its error. Call all of them.
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
