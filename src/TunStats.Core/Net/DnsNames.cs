using System;
using System.Collections.Generic;
using System.Threading;
using TunStats.IO;
using TunStats.Interop;

namespace TunStats.Net;

/// <summary>
/// The names of addresses in DNS (PTR), asked for on a few threads in the background and kept for a while. Any thread
/// may ask; nobody waits but in <see cref="Wait"/>. Questions beyond a bound are dropped and may be asked again.
/// </summary>
/// <param name="lookup">Looks an address up, and waits for the answer.</param>
/// <param name="timeProvider">The clock of what is kept.</param>
internal sealed class DnsNames(Func<IpAddr, string?> lookup, TimeProvider timeProvider) : IDisposable
{
    /// <summary>The most questions that wait.</summary>
    internal const int MaxPending = 4096;

    /// <summary>The most answers that are kept.</summary>
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

    /// <summary>The name of an address where it is known already; else it is asked for.</summary>
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

    /// <summary>The name of an address where it is known already.</summary>
    internal string? Find(IpAddr address)
    {
        lock (_gate)
        {
            return _answers.GetValueOrDefault(address).Name;
        }
    }

    /// <summary>Waits until all questions are answered, or the time is up.</summary>
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

    /// <summary>Ends the threads, each when its question under way is answered.</summary>
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
    /// <returns>The name; null where there is none, or no answer.</returns>
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
