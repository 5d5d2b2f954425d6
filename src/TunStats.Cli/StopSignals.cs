using System;
using System.Collections.Generic;
using System.IO;
using System.Runtime.InteropServices;
using TunStats.Cli.Arguments;

namespace TunStats.Cli;

/// <summary>
/// SIGTERM, SIGINT and SIGHUP as a request to end: what is open is closed and what is under way is written, instead of
/// the signal's own end of the process. SIGHUP may have another handler.
/// </summary>
internal sealed class StopSignals : IDisposable
{
    private static readonly PosixSignal[] All = [PosixSignal.SIGTERM, PosixSignal.SIGINT, PosixSignal.SIGHUP];

    private readonly List<PosixSignalRegistration> _registrations = [];

    /// <summary>Listens until it is disposed of.</summary>
    /// <param name="stop">Called for each signal, on a thread of its own.</param>
    /// <param name="hangUp">Called for SIGHUP instead; null for none.</param>
    /// <exception cref="FailureException">The kernel gave no descriptors or no thread for it.</exception>
    internal StopSignals(Action stop, Action? hangUp = null)
    {
        try
        {
            foreach (PosixSignal signal in All)
            {
                _registrations.Add(PosixSignalRegistration.Create(signal, context =>
                {
                    context.Cancel = true;
                    (signal == PosixSignal.SIGHUP ? hangUp ?? stop : stop)();
                }));
            }
        }
        catch (Exception e) when (e is IOException or OutOfMemoryException or TypeInitializationException)
        {
            // The runtime makes its signal pipe and thread in a type initializer and does not say the kernel's reason.
            Dispose();
            throw new FailureException(
                "signals cannot be received: the kernel gave no descriptors or no thread; end other programs or raise "
                + "the limits (ulimit -n, ulimit -u)");
        }
    }

    public void Dispose()
    {
        foreach (PosixSignalRegistration registration in _registrations)
        {
            registration.Dispose();
        }
    }
}
