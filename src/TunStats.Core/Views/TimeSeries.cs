using System;
using System.Collections.Generic;

namespace TunStats.Views;

/// <summary>
/// Amounts over time in buckets of equal length, for charts. The length grows as the time does, so that there are never
/// more than a few hundred buckets. Times are seconds since 1970.
/// </summary>
/// <param name="seriesCount">How many amounts a bucket has.</param>
internal sealed class TimeSeries(int seriesCount)
{
    internal const int MaxBuckets = 480;

    // Windows are some microseconds longer than asked for where the clock is corrected.
    private const double Tolerance = 0.001;

    // Each is a multiple of the one before: buckets are merged, never split.
    private static readonly long[] Lengths =
    [
        1, 5, 15, 60, 300, 900, 3600, 10_800, 43_200, 86_400, 604_800, 2_419_200, 29_030_400, 348_364_800,
    ];

    private readonly SortedDictionary<long, double[]> _buckets = [];
    // By level: the windows that are no longer than a bucket of it, and those that are in several of them.
    private readonly int[] _fitting = new int[Lengths.Length];
    private readonly int[] _spread = new int[Lengths.Length];
    private int _level;
    private long _first = long.MaxValue;
    private long _last = long.MinValue;

    /// <summary>Whether nothing was added.</summary>
    internal bool IsEmpty => _buckets.Count == 0;

    /// <summary>The length of a bucket in seconds.</summary>
    internal long BucketSeconds => Lengths[_level];

    /// <summary>Whether windows are in several buckets: their amounts are spread evenly.</summary>
    internal bool IsSpread => _spread[_level] > 0;

    /// <summary>When the first bucket begins.</summary>
    internal long Start => IsEmpty ? 0 : _first * BucketSeconds;

    /// <summary>When the last bucket ends.</summary>
    internal long End => IsEmpty ? 0 : (_last + 1) * BucketSeconds;

    /// <summary>How many buckets there are from the first to the last, empty ones included.</summary>
    internal int Count => IsEmpty ? 0 : (int)(_last - _first + 1);

    /// <summary>Adds an amount that is spread evenly over a time.</summary>
    internal void Add(double from, double to, int series, double amount)
    {
        if (amount == 0)
        {
            return;
        }

        MakeRoom(from, to);
        long first = BucketOf(from), last = LastBucketOf(from, to);
        double length = to - from;
        for (long bucket = first; bucket <= last; bucket++)
        {
            double start = Math.Max(from, bucket * BucketSeconds);
            double end = Math.Min(to, (bucket + 1) * BucketSeconds);
            CellsOf(bucket)[series] += first == last ? amount : amount * (end - start) / length;
        }
    }

    /// <summary>Notes a window whose amounts are added.</summary>
    internal void AddWindow(double from, double to)
    {
        for (int level = 0; level < Lengths.Length; level++)
        {
            double length = Lengths[level];
            _fitting[level] += to - from <= length + Tolerance ? 1 : 0;
            bool isSpread = Math.Ceiling((to - Tolerance) / length) > Math.Floor((from + Tolerance) / length) + 1;
            _spread[level] += isSpread ? 1 : 0;
        }
    }

    /// <summary>Makes buckets that are at least as long as most windows: shorter ones would be made up.</summary>
    internal void FitWindows()
    {
        while (_level < Lengths.Length - 1 && _fitting[_level] * 2 <= _fitting[^1])
        {
            Merge();
        }
    }

    /// <summary>The amount of a bucket.</summary>
    /// <param name="index">0 to <see cref="Count"/> - 1.</param>
    /// <param name="series">Which amount.</param>
    internal double Amount(int index, int series) =>
        _buckets.TryGetValue(_first + index, out double[]? cells) ? cells[series] : 0;

    private long BucketOf(double time) => (long)Math.Floor(time / BucketSeconds);

    private long LastBucketOf(double from, double to) =>
        to <= from ? BucketOf(from) : Math.Max(BucketOf(from), (long)Math.Ceiling(to / BucketSeconds) - 1);

    private double[] CellsOf(long bucket)
    {
        if (!_buckets.TryGetValue(bucket, out double[]? cells))
        {
            _buckets.Add(bucket, cells = new double[seriesCount]);
        }

        return cells;
    }

    private void MakeRoom(double from, double to)
    {
        while (true)
        {
            long first = Math.Min(_first, BucketOf(from)), last = Math.Max(_last, LastBucketOf(from, to));
            if (last - first < MaxBuckets || _level == Lengths.Length - 1)
            {
                (_first, _last) = (first, last);
                return;
            }

            Merge();
        }
    }

    private void Merge()
    {
        long factor = Lengths[_level + 1] / Lengths[_level];
        List<KeyValuePair<long, double[]>> old = [.. _buckets];
        _buckets.Clear();
        _level++;
        foreach ((long bucket, double[] amounts) in old)
        {
            double[] cells = CellsOf(FloorDivide(bucket, factor));
            for (int i = 0; i < cells.Length; i++)
            {
                cells[i] += amounts[i];
            }
        }

        if (_first != long.MaxValue)
        {
            (_first, _last) = (FloorDivide(_first, factor), FloorDivide(_last, factor));
        }
    }

    private static long FloorDivide(long value, long divisor) =>
        (value / divisor) - (value % divisor < 0 ? 1 : 0);
}
