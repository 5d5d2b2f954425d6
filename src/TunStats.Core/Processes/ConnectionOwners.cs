using System;
using System.Collections.Generic;
using System.Linq;
using System.Threading;
using TunStats.Flows;
using TunStats.Interop;
using TunStats.IO;
using TunStats.Net;

namespace TunStats.Processes;

/// <summary>
/// The processes of connections. Sockets are listed again and again, so that a short connection is found while it
/// lives; it keeps its owner for a minute afterwards. Thread-safe.
/// </summary>
internal sealed class ConnectionOwners : IDisposable
{
    /// <summary>How long the owner of a closed socket is kept, as long as the kernel keeps TIME_WAIT.</summary>
    internal static readonly TimeSpan Memory = TimeSpan.FromMinutes(1);

    private static readonly TimeSpan ShortestPause = TimeSpan.FromMilliseconds(100);
    private static readonly TimeSpan LongestPause = TimeSpan.FromSeconds(1);

    // Closed sockets beyond this number are forgotten at once.
    private const int MaxClosed = 200_000;

    private readonly object _gate = new();
    private readonly SocketQuery _sockets;
    private readonly ProcessFiles _processes;
    private readonly TimeProvider _timeProvider;
    private readonly TimeSpan _pause;
    private readonly ITimer _timer;
    private readonly CancellationTokenSource _closing = new();
    private readonly List<SocketRecord> _list = [];
    private readonly Dictionary<FlowKey, (FlowProcess Process, long SeenAt)> _owners = [];
    private readonly HashSet<uint> _unknown = [];

    // Swapped at each look, so that an inode that is used again has no owner of its past.
    private Dictionary<uint, FlowProcess> _byInode = [];
    private Dictionary<uint, FlowProcess> _previous = [];
    private long? _lookedAt;
    private string? _warning;
    private int _hidden;

    /// <summary>Lists the sockets for the first time, and then at intervals until disposed.</summary>
    /// <param name="sockets">Lists the sockets; taken over.</param>
    /// <param name="processes">Finds their processes.</param>
    /// <param name="window">The length of a window.</param>
    /// <param name="timeProvider">The clock.</param>
    /// <exception cref="Netlink.NetlinkException">The kernel did not answer.</exception>
    internal ConnectionOwners(
        SocketQuery sockets, ProcessFiles processes, TimeSpan window, TimeProvider timeProvider)
    {
        _sockets = sockets;
        _processes = processes;
        _timeProvider = timeProvider;
        _pause = window / 2 < ShortestPause ? ShortestPause : window / 2 > LongestPause ? LongestPause : window / 2;
        try
        {
            Look();
        }
        catch
        {
            sockets.Dispose();
            throw;
        }

        _timer = timeProvider.CreateTimer(_ => LookQuietly(), null, _pause, _pause);
    }

    /// <summary>Opens a socket in a namespace.</summary>
    /// <exception cref="TunStatsException">The kernel gave no socket, or the namespace may not be entered.</exception>
    internal static ConnectionOwners Open(NetworkNamespace? space, TimeSpan window, TimeProvider timeProvider) =>
        new(SocketQuery.Open(space, timeProvider), new ProcessFiles(), window, timeProvider);

    /// <summary>Lists the sockets now, at the end of a window; not again within half a pause.</summary>
    internal void Refresh()
    {
        if (_lookedAt is not { } last || _timeProvider.GetElapsedTime(last) > _pause / 2)
        {
            LookQuietly();
        }
    }

    /// <summary>
    /// The process of a connection; null if it has no local socket, or its process may not be read.
    /// </summary>
    internal FlowProcess? Find(FlowValues flow)
    {
        if (!flow.Source.IsValid || (flow.Protocol != IpProtocol.Tcp && flow.Protocol != IpProtocol.Udp))
        {
            return null;
        }

        lock (_gate)
        {
            FlowProcess? process = Find(flow.Protocol, flow.Source, flow.Destination)
                ?? Find(flow.Protocol, flow.Destination, flow.Source);
            if (process is { Id: null })
            {
                _hidden++;
                return null;
            }

            return process;
        }
    }

    /// <summary>
    /// How many connections were asked for since the last call whose process may not be read, and what else there is
    /// to warn of.
    /// </summary>
    internal (int Hidden, string? Warning) TakeProblems()
    {
        lock (_gate)
        {
            (int, string?) problems = (_hidden, _warning);
            (_hidden, _warning) = (0, null);
            return problems;
        }
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        _closing.Cancel();
        _timer.Dispose();
        lock (_gate)
        {
            _sockets.Dispose();
        }
    }

    private void LookQuietly()
    {
        // A look that takes longer than the pause is not repeated at once.
        if (!Monitor.TryEnter(_gate))
        {
            return;
        }

        try
        {
            if (!_closing.IsCancellationRequested)
            {
                LookUnderLock();
            }
        }
        catch (TunStatsException e)
        {
            _warning = $"The processes of connections could not be read: {e.Message}";
        }
        catch (OperationCanceledException) when (_closing.IsCancellationRequested)
        {
            // Nobody asks any more.
        }
        finally
        {
            Monitor.Exit(_gate);
        }
    }

    /// <summary>Lists the sockets, and searches the processes of new ones.</summary>
    internal void Look()
    {
        lock (_gate)
        {
            LookUnderLock();
        }
    }

    private void LookUnderLock()
    {
        _list.Clear();
        _sockets.Read(_list, _closing.Token);
        _warning = _sockets.Refusal ?? _warning;
        long now = _timeProvider.GetTimestamp();
        _lookedAt = now;
        (_byInode, _previous) = (_previous, _byInode);
        _byInode.Clear();
        _unknown.Clear();
        foreach (SocketRecord socket in _list)
        {
            if (_previous.TryGetValue(socket.Inode, out FlowProcess known))
            {
                _byInode[socket.Inode] = known;
            }
            else
            {
                _unknown.Add(socket.Inode);
            }
        }

        if (_unknown.Count > 0)
        {
            HashSet<int> likely = [.. _byInode.Values.Select(process => process.Id ?? 0)];
            _processes.Find(_unknown, likely, (inode, process) => _byInode[inode] = process);
            foreach (uint inode in _unknown)
            {
                _byInode[inode] = default;
            }
        }

        foreach (SocketRecord socket in _list)
        {
            _owners[socket.Key] = (_byInode[socket.Inode], now);
        }

        bool isFull = _owners.Count - _list.Count > MaxClosed;
        foreach ((FlowKey key, (_, long seenAt)) in _owners)
        {
            if (seenAt != now && (isFull || _timeProvider.GetElapsedTime(seenAt, now) > Memory))
            {
                _owners.Remove(key);
            }
        }
    }

    /// <summary>The owner of the connection's socket, else of one that anyone may reach at its port.</summary>
    private FlowProcess? Find(IpProtocol protocol, AddrPort local, AddrPort remote)
    {
        IpFamily family = local.Address.Family;
        var anyone = new AddrPort(new IpAddr(family, 0, 0), 0);
        var any6 = new AddrPort(new IpAddr(IpFamily.IPv6, 0, 0), local.Port);
        return Owner(new FlowKey(protocol, local, remote))
            ?? Owner(new FlowKey(protocol, local, anyone))
            ?? Owner(new FlowKey(protocol, new AddrPort(anyone.Address, local.Port), anyone))
            ?? Owner(new FlowKey(protocol, any6, new AddrPort(any6.Address, 0)));
    }

    private FlowProcess? Owner(in FlowKey key) =>
        _owners.TryGetValue(key, out (FlowProcess Process, long SeenAt) owner) ? owner.Process : null;
}
