namespace Ccr.Histories;

/// <summary>Reads a history up to its last whole line: what a killed recorder left there is read too.</summary>
public static class HistoryReader
{
    private const int BufferOctets = 1 << 20;

    /// <summary>The events of a file, one after the other.</summary>
    /// <exception cref="FormatException">A whole line is no event; the message has its number.</exception>
    public static IEnumerable<HistoryEvent> Read(string path)
    {
        using FileStream file = new(path, FileMode.Open, FileAccess.Read, FileShare.ReadWrite, bufferSize: 0);
        foreach (HistoryEvent e in Read(file))
        {
            yield return e;
        }
    }

    /// <summary>The events of a stream.</summary>
    public static IEnumerable<HistoryEvent> Read(Stream stream)
    {
        ArgumentNullException.ThrowIfNull(stream);
        byte[] buffer = new byte[BufferOctets];
        int start = 0;
        int end = 0;
        long number = 0;
        while (true)
        {
            int length = buffer.AsSpan(start, end - start).IndexOf((byte)'\n');
            if (length >= 0)
            {
                number++;
                if (length > 0)
                {
                    yield return Parse(buffer.AsSpan(start, length), number);
                }

                start += length + 1;
                continue;
            }

            buffer.AsSpan(start, end - start).CopyTo(buffer);
            end -= start;
            start = 0;
            if (end == buffer.Length)
            {
                Array.Resize(ref buffer, buffer.Length * 2);
            }

            int read = stream.Read(buffer, end, buffer.Length - end);
            if (read == 0)
            {
                yield break; // what is left has no end: the recorder was killed in the middle of it
            }

            end += read;
        }
    }

    private static HistoryEvent Parse(ReadOnlySpan<byte> line, long number)
    {
        try
        {
            return HistoryJson.Read(line);
        }
        catch (FormatException wrong)
        {
            throw new FormatException($"Line {number}: {wrong.Message}", wrong);
        }
    }
}
