using System.Collections.Generic;

namespace TunStats.Views;

/// <summary>A set of numbers as ranges: numbers that follow each other take no more memory than one of them.</summary>
internal sealed class SequenceSet
{
    private const int MaxRanges = 10_000;

    // In order, and apart by at least one number.
    private readonly List<(long First, long Last)> _ranges = [];

    /// <summary>Adds a number.</summary>
    /// <returns>False where it is in the set; true also where the set has no room for a further range.</returns>
    internal bool Add(long number)
    {
        int next = FirstAfter(number);
        if (next > 0 && _ranges[next - 1].Last >= number)
        {
            return false;
        }

        bool followsOne = next > 0 && _ranges[next - 1].Last == number - 1;
        bool precedesOne = next < _ranges.Count && _ranges[next].First - 1 == number;
        if (followsOne)
        {
            _ranges[next - 1] = (_ranges[next - 1].First, precedesOne ? _ranges[next].Last : number);
            if (precedesOne)
            {
                _ranges.RemoveAt(next);
            }
        }
        else if (precedesOne)
        {
            _ranges[next] = (number, _ranges[next].Last);
        }
        else if (_ranges.Count < MaxRanges)
        {
            _ranges.Insert(next, (number, number));
        }

        return true;
    }

    /// <summary>The index of the first range that begins after a number.</summary>
    private int FirstAfter(long number)
    {
        int low = 0, high = _ranges.Count;
        while (low < high)
        {
            int middle = (low + high) / 2;
            (low, high) = _ranges[middle].First <= number ? (middle + 1, high) : (low, middle);
        }

        return low;
    }
}
