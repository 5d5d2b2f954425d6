using System;
using System.Collections.Generic;
using System.Threading;
using TunStats.IO;
using TunStats.Interop;

namespace TunStats.Net;

/// <summary>
/// Looks up the names of addresses in DNS (PTR) on a few background threads and caches them. Any thread may ask; only
/// <see cref="Wait"/> blocks. Questions beyond a limit are dropped and may be asked again.
/// </summary>
/// <param name="lookup">Looks up an address; blocks until it is answered.</param>
/// <param name="timeProvider">The clock of the cache.</param>
internal sealed class DnsNames(Func<IpAddr, string?> lookup, TimeProvider timeProvider) : IDisposable
{
    /// <summary>The maximum number of pending questions.</summary>
    internal const int MaxPending = 4096;

    /// <summary>The maximum number of cached answers.</summary>
    internal const int MaxKept = 65_536;

    private const int MaxThreads = 8;

    private static readonly TimeSpan KeepName = TimeSpan.FromMinutes(10);
    private static readonly TimeSpan KeepNone = TimeSpan.FromMinutes(1);

    private readonly object _gate = new();
    private readonly Dictionary<IpAddr, (string? Name, long At)> _answers = [];
    private readonly HashSet<IpAddr> _pending = [];
    private readonly Queue<IpAddr> _questions = [];
    private int _threads;
    private int _idle;
    private bool _isDisposed;

    /// <summary>The name of an address from the cache; null if it is not there, and then it is looked up.</summary>
    internal string? FindOrAsk(IpAddr address)
    {
        lock (_gate)
        {
            bool isKnown = _answers.TryGetValue(address, out (string? Name, long At) answer);
            bool isFresh = isKnown
                && timeProvider.GetElapsedTime(answer.At) < (answer.Name is null ? KeepNone : KeepName);
            if (!isFresh && !_isDisposed && _pending.Count < MaxPending && _pending.Add(address))
            {
                Ask(address);
            }

            return answer.Name;
        }
    }

    /// <summary>The name of an address from the cache; null if it is not there.</summary>
    internal string? Find(IpAddr address)
    {
        lock (_gate)
        {
            return _answers.GetValueOrDefault(address).Name;
        }
    }

    /// <summary>Waits until all questions are answered, or the time limit is reached.</summary>
    internal void Wait(TimeSpan limit)
    {
        long end = Environment.TickCount64 + (long)limit.TotalMilliseconds;
        lock (_gate)
        {
            while (_pending.Count > 0 && end - Environment.TickCount64 is > 0 and var left)
            {
                Monitor.Wait(_gate, TimeSpan.FromMilliseconds(left));
            }
        }
    }

    /// <summary>Ends the threads, each after its current question.</summary>
    public void Dispose()
    {
        lock (_gate)
        {
            _isDisposed = true;
            _questions.Clear();
            Monitor.PulseAll(_gate);
        }
    }

    /// <summary>Asks the system's resolver, as its configuration says.</summary>
    /// <returns>The name; null if there is none, or no answer.</returns>
    internal static string? AskSystem(IpAddr address)
    {
        Span<byte> bytes = stackalloc byte[16];
        return Libc.GetNameInfo(bytes[..address.Unmap().WriteBytes(bytes)]);
    }

    private void Ask(IpAddr address)
    {
        _questions.Enqueue(address);
        if (_idle < _questions.Count && _threads < MaxThreads)
        {
            _threads++;
            new Thread(Work) { IsBackground = true, Name = "TunStats names" }.Start();
        }

        Monitor.PulseAll(_gate);
    }

    private void Work()
    {
        while (TakeQuestion() is { } address)
        {
            string? name = lookup(address);
            lock (_gate)
            {
                if (_answers.Count >= MaxKept)
                {
                    _answers.Clear();
                }

                _answers[address] = (
                    string.IsNullOrEmpty(name) ? null : PrintableText.Escape(name, AddressName.MaxLength),
                    timeProvider.GetTimestamp());
                _pending.Remove(address);
                Monitor.PulseAll(_gate);
            }
        }
    }

    private IpAddr? TakeQuestion()
    {
        lock (_gate)
        {
            _idle++;
            while (_questions.Count == 0 && !_isDisposed)
            {
                Monitor.Wait(_gate);
            }

            _idle--;
            return _isDisposed ? null : _questions.Dequeue();
        }
    }
}
