using System.Collections.Generic;
using System.Linq;
using TunStats.Interop;

namespace TunStats.Logging;

/// <summary>
/// The loggers that run, so that no device is logged twice: its messages would be in the sinks twice. Thread-safe.
/// </summary>
internal sealed class NetLoggers
{
    private readonly object _gate = new();
    private readonly List<(NetLogger Logger, FileIdentity Namespace, IReadOnlyList<string> Devices)> _running = [];

    /// <summary>
    /// The loggers of this process: several sessions of PowerShell in one process must not log a device twice, too.
    /// </summary>
    public static NetLoggers OfProcess { get; } = new();

    /// <summary>The loggers that run now, in the order of their starts.</summary>
    public IReadOnlyList<NetLogger> Running
    {
        get
        {
            lock (_gate)
            {
                return [.. _running.Select(entry => entry.Logger)];
            }
        }
    }

    /// <summary>Adds a logger.</summary>
    /// <param name="logger">The logger.</param>
    /// <param name="space">The network namespace of its devices.</param>
    /// <param name="devices">The names of its devices.</param>
    /// <exception cref="TunStatsException">Another one logs one of the devices.</exception>
    internal void Add(NetLogger logger, FileIdentity space, IReadOnlyList<string> devices)
    {
        lock (_gate)
        {
            foreach ((NetLogger other, FileIdentity itsSpace, IReadOnlyList<string> itsDevices) in _running)
            {
                if (itsSpace == space && devices.FirstOrDefault(itsDevices.Contains) is { } device)
                {
                    throw new TunStatsException(
                        ErrorKind.AlreadyLogged,
                        device,
                        $"'{device}' is already logged by '{other.Name}', since {other.Since:yyyy-MM-dd HH:mm:ss} UTC. "
                        + "Stop that logger first, or name another device.");
                }
            }

            _running.Add((logger, space, devices));
        }
    }

    /// <summary>Removes a logger; nothing happens where it is not there.</summary>
    internal void Remove(NetLogger logger)
    {
        lock (_gate)
        {
            _running.RemoveAll(entry => entry.Logger == logger);
        }
    }
}
