using System;
using System.Buffers.Binary;
using System.Runtime.CompilerServices;
using System.Runtime.InteropServices;

namespace TunStats.IO;

/// <summary>The checksum of gzip (ISO 3309, polynomial 0xEDB88320), eight bytes at a time.</summary>
internal static class Crc32
{
    private const uint Polynomial = 0xedb88320;
    private const int Slices = 8;

    private static readonly uint[] Table = CreateTable();

    /// <summary>Continues a checksum, which begins as 0.</summary>
    [MethodImpl(MethodImplOptions.AggressiveOptimization)]
    internal static uint Append(uint checksum, ReadOnlySpan<byte> bytes)
    {
        ref uint table = ref MemoryMarshal.GetArrayDataReference(Table);
        uint crc = ~checksum;
        while (bytes.Length >= Slices)
        {
            ulong eight = BinaryPrimitives.ReadUInt64LittleEndian(bytes) ^ crc;
            crc = At(ref table, 7, eight) ^ At(ref table, 6, eight >> 8) ^ At(ref table, 5, eight >> 16)
                ^ At(ref table, 4, eight >> 24) ^ At(ref table, 3, eight >> 32) ^ At(ref table, 2, eight >> 40)
                ^ At(ref table, 1, eight >> 48) ^ At(ref table, 0, eight >> 56);
            bytes = bytes[Slices..];
        }

        foreach (byte value in bytes)
        {
            crc = (crc >> 8) ^ At(ref table, 0, crc ^ value);
        }

        return ~crc;
    }

    /// <summary>The entry of a slice for the lowest byte; the table has one for every byte.</summary>
    [MethodImpl(MethodImplOptions.AggressiveInlining)]
    private static uint At(ref uint table, int slice, ulong value) =>
        Unsafe.Add(ref table, (slice * 256) + (byte)value);

    private static uint[] CreateTable()
    {
        uint[] table = new uint[Slices * 256];
        for (int i = 0; i < table.Length; i++)
        {
            if (i >= 256)
            {
                uint before = table[i - 256];
                table[i] = (before >> 8) ^ table[(byte)before];
                continue;
            }

            uint crc = (uint)i;
            for (int bit = 0; bit < 8; bit++)
            {
                crc = (crc >> 1) ^ ((crc & 1) * Polynomial);
            }

            table[i] = crc;
        }

        return table;
    }
}
