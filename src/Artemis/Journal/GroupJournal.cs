using System.Buffers.Binary;
using System.Numerics;

namespace Ccr.Artemis;

/// <summary>
/// The journal of a group. What is appended together is one entry, whole or not there: { u32 CRC-32C of what follows,
/// u32 length of the rest, then each record after its u32 length }. A torn end is cut; damage before it is refused.
/// </summary>
internal sealed class GroupJournal : IDisposable
{
    internal const string FileName = "journal";
    internal const string FreshName = "journal.fresh";
    private const int FrameOctets = 8;
    private const int RecordOctetsMax = 1 << 20;

    private readonly IStoreFolder _folder;
    private readonly Lock _lock = new();
    private IStoreFile _file;
    private long _end;
    private string? _failure;

    private GroupJournal(IStoreFolder folder, IStoreFile file)
    {
        _folder = folder;
        _file = file;
    }

    /// <summary>Octets of the journal.</summary>
    internal long Length => Interlocked.Read(ref _end);

    /// <summary>Opens the journal, and makes one where there is none.</summary>
    /// <exception cref="InvalidDataException">It is damaged; the message says where.</exception>
    internal static GroupJournal Open(IStoreFolder folder, out IReadOnlyList<JournalRecord> records)
    {
        folder.Remove(FreshName);
        bool isNew = !folder.List().Contains(FileName);
        GroupJournal journal = new(folder, isNew ? folder.Create(FileName) : folder.Open(FileName));
        try
        {
            if (isNew)
            {
                folder.Force();
            }

            records = journal.ReadAll();
            return journal;
        }
        catch
        {
            journal.Dispose();
            throw;
        }
    }

    /// <summary>Reads what is there, whoever has it open; a torn end is left out.</summary>
    internal static IReadOnlyList<JournalRecord> Peek(IStoreFolder folder)
    {
        if (!folder.List().Contains(FileName))
        {
            return [];
        }

        using IStoreFile file = folder.Open(FileName);
        byte[] octets = new byte[file.Length];
        file.ReadAt(0, octets);
        List<JournalRecord> records = [];
        for (int at = 0; TryFrame(octets, at, out byte[]? body); at += FrameOctets + body.Length)
        {
            AddRecords(body, records);
        }

        return records;
    }

    /// <summary>Appends records; all of them are durable when it returns, or, at a crash, all or none.</summary>
    /// <exception cref="IOException">
    /// Whether they are durable is unknown, and stays so until the next start: nothing more is taken.
    /// </exception>
    internal void Append(params ReadOnlySpan<JournalRecord> records)
    {
        byte[] octets = EntryOf(records);
        lock (_lock)
        {
            if (_failure is not null)
            {
                throw new IOException(
                    $"The journal failed before ({_failure}) and takes nothing until the server is started again.");
            }

            try
            {
                _file.WriteAt(_end, octets);
                _file.Force();
                _end += octets.Length;
            }
            catch (IOException e)
            {
                _failure = e.Message;
                throw;
            }
        }
    }

    /// <summary>Replaces all records by fewer that say the same.</summary>
    internal void Rewrite(ReadOnlySpan<JournalRecord> records)
    {
        List<byte> all = [];
        foreach (JournalRecord record in records)
        {
            all.AddRange(EntryOf([record]));
        }

        byte[] octets = [.. all];
        lock (_lock)
        {
            IStoreFile fresh = _folder.Create(FreshName);
            try
            {
                fresh.WriteAt(0, octets);
                fresh.Force();
                _folder.Rename(FreshName, FileName);
            }
            catch
            {
                fresh.Dispose();
                throw;
            }

            _file.Dispose();
            _file = fresh;
            _end = octets.Length;
            ForceName();
        }
    }

    public void Dispose() => _file.Dispose();

    /// <summary>Until the new name is durable, nothing that is appended behind it is.</summary>
    private void ForceName()
    {
        try
        {
            _folder.Force();
        }
        catch (IOException e)
        {
            _failure = e.Message;
            throw;
        }
    }

    private List<JournalRecord> ReadAll()
    {
        byte[] octets = new byte[_file.Length];
        _file.ReadAt(0, octets);
        List<JournalRecord> records = [];
        int at = 0;
        while (TryFrame(octets, at, out byte[]? body))
        {
            AddRecords(body, records);
            at += FrameOctets + body.Length;
        }

        if (at < octets.Length)
        {
            RefuseDamage(octets, at);
            _file.SetLength(at);
            _file.Force();
        }

        _end = at;
        return records;
    }

    private void RefuseDamage(byte[] octets, int torn)
    {
        for (int at = torn + 1; at < octets.Length - FrameOctets; at++)
        {
            if (TryFrame(octets, at, out byte[]? body) && body.Length > 0)
            {
                throw new InvalidDataException(
                    $"The journal in '{_folder.Path}' is damaged at octet {torn}, and goes on at {at}: restore the "
                    + "group's folder from a copy, or remove the group.");
            }
        }
    }

    private static bool TryFrame(
        byte[] octets, int at, [System.Diagnostics.CodeAnalysis.NotNullWhen(true)] out byte[]? body)
    {
        body = null;
        if (octets.Length - at < FrameOctets)
        {
            return false;
        }

        uint length = BinaryPrimitives.ReadUInt32LittleEndian(octets.AsSpan(at + 4));
        if (length is 0 or > RecordOctetsMax || length > octets.Length - at - FrameOctets
            || BinaryPrimitives.ReadUInt32LittleEndian(octets.AsSpan(at))
                != Crc32C(octets.AsSpan(at + 4, 4 + (int)length)))
        {
            return false;
        }

        body = octets[(at + FrameOctets)..(at + FrameOctets + (int)length)];
        return true;
    }

    private static void AddRecords(byte[] body, List<JournalRecord> records)
    {
        for (int at = 0; at < body.Length;)
        {
            int length = BinaryPrimitives.ReadInt32LittleEndian(body.AsSpan(at));
            records.Add(JournalCodec.Read(body[(at + 4)..(at + 4 + length)]));
            at += 4 + length;
        }
    }

    private static byte[] EntryOf(ReadOnlySpan<JournalRecord> records)
    {
        using MemoryStream octets = new();
        using BinaryWriter writer = new(octets);
        writer.Write(0L);
        foreach (JournalRecord record in records)
        {
            byte[] body = JournalCodec.ToOctets(record);
            writer.Write(body.Length);
            writer.Write(body);
        }

        writer.Flush();
        byte[] entry = octets.ToArray();
        BinaryPrimitives.WriteUInt32LittleEndian(entry.AsSpan(4), (uint)(entry.Length - FrameOctets));
        BinaryPrimitives.WriteUInt32LittleEndian(entry, Crc32C(entry.AsSpan(4)));
        return entry;
    }

    private static uint Crc32C(ReadOnlySpan<byte> octets)
    {
        uint crc = uint.MaxValue;
        foreach (byte b in octets)
        {
            crc = BitOperations.Crc32C(crc, b);
        }

        return ~crc;
    }
}
