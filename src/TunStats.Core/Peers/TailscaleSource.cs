using System;
using System.Collections.Generic;
using System.Linq;
using System.Text.Json;
using System.Threading;
using TunStats.Interop;

namespace TunStats.Peers;

/// <summary>
/// The peers of tailscaled, over its LocalAPI (<c>status</c>). Any user may ask. The numbers of DERP regions, which
/// <c>status</c> lacks, are read once (<c>derpmap</c>) and again when a new region appears.
/// </summary>
/// <param name="device">The tunnel device; empty if tailscaled has none.</param>
/// <param name="socketPath">The socket's path; null for the one that Tailscale's tools use.</param>
/// <param name="timeProvider">The clock; null for the system's.</param>
internal sealed class TailscaleSource(
    string device, string? socketPath = null, TimeProvider? timeProvider = null) : IPeerSource
{
    /// <summary>Where tailscaled's socket is by default.</summary>
    public const string DefaultPath = "/var/run/tailscale/tailscaled.sock";

    private const int DefaultMaxReplyBytes = 64 << 20;

    // Do not ask at every reading when the server does not know its regions.
    private static readonly TimeSpan RegionRetry = TimeSpan.FromMinutes(1);

    private readonly string _path = socketPath ?? DefaultPath;
    private readonly TimeProvider _timeProvider = timeProvider ?? TimeProvider.System;
    private IReadOnlyDictionary<string, ushort> _regions = new Dictionary<string, ushort>();
    private long? _regionsAsked;
    private string? _regionsWarning;

    /// <inheritdoc/>
    public string Device { get; } = device;

    /// <inheritdoc/>
    public PeerSourceKind Kind => PeerSourceKind.Tailscale;

    /// <summary>How long each question may take; 5 s by default.</summary>
    public TimeSpan Timeout { get; init; } = TimeSpan.FromSeconds(5);

    /// <summary>The longest answer that is read, in bytes; 64 MiB (over 10,000 peers) by default.</summary>
    public int MaxReplyBytes { get; init; } = DefaultMaxReplyBytes;

    /// <inheritdoc/>
    public TunPeerSnapshot? Read(CancellationToken cancellationToken = default)
    {
        TailscaleStatus? status = Get("/localapi/v0/status", TailscaleStatus.Parse, cancellationToken);
        if (status is null)
        {
            return null;
        }

        RefreshRegions(status, cancellationToken);
        DateTime now = _timeProvider.GetUtcNow().UtcDateTime;
        return new TunPeerSnapshot
        {
            Device = Device,
            Source = Kind,
            Timestamp = now,
            Self = status.Self?.ToPeer(status, _regions, Device, now),
            Peers = [.. status.Peers.Select(peer => peer.ToPeer(status, _regions, Device, now))],
            Warnings = _regionsWarning is null ? [] : [_regionsWarning],
        };
    }

    /// <inheritdoc/>
    public void Dispose()
    {
        // Each reading opens a new connection, so that a restarted tailscaled is found.
    }

    private T? Get<T>(string resource, Parser<T> parse, CancellationToken cancellationToken)
        where T : class
    {
        using UnixStream? stream = UnixStream.TryConnect(_path, Timeout, _timeProvider);
        if (stream is null)
        {
            return null;
        }

        using LocalApiReply reply = LocalApiReply.Get(stream, _path, resource, MaxReplyBytes, cancellationToken);
        const int Ok = 200, Unauthorized = 401, Forbidden = 403;
        switch (reply.Status)
        {
            case Ok:
                break;
            case Unauthorized or Forbidden:
                throw PeerErrors.Denied(_path, $"HTTP status {reply.Status}");
            default:
                throw PeerErrors.Refused(_path, $"HTTP status {reply.Status} for {resource}");
        }

        try
        {
            return parse(reply.Body);
        }
        catch (Exception e) when (e is FormatException or JsonException or InvalidOperationException)
        {
            throw PeerErrors.InvalidReply(_path, TailscaleJson.Describe(e), e);
        }
    }

    /// <summary>Reads the numbers of regions if one is missing. The rest works without them.</summary>
    private void RefreshRegions(TailscaleStatus status, CancellationToken cancellationToken)
    {
        bool isKnown = status.Peers.TrueForAll(peer => peer.Relay.Length == 0 || _regions.ContainsKey(peer.Relay));
        if (isKnown)
        {
            _regionsWarning = null;
            return;
        }

        if (_regionsAsked is { } asked && _timeProvider.GetElapsedTime(asked) < RegionRetry)
        {
            return;
        }

        _regionsAsked = _timeProvider.GetTimestamp();
        try
        {
            _regions = Get("/localapi/v0/derpmap", TailscaleStatus.ParseRegions, cancellationToken) ?? _regions;
            _regionsWarning = null;
        }
        catch (TunStatsException e)
        {
            _regionsWarning = $"The numbers of DERP regions are unknown and shown as 0. {e.Message}";
        }
    }

    private delegate T Parser<T>(ReadOnlySpan<byte> document);
}
