using System.Globalization;

namespace Ccr.AtomicActionLog.Storage;

/// <summary>The names of the files of a log's directory.</summary>
internal sealed class LogFiles(string directory, IDisk? disk = null)
{
    private const string SegmentPrefix = "records.";

    /// <summary>The log's directory, as a full path.</summary>
    internal string Root { get; } = Path.TrimEndingDirectorySeparator(Path.GetFullPath(directory));

    /// <summary>The disk that holds them.</summary>
    internal IDisk Disk { get; } = disk ?? PosixDisk.Instance;

    internal string Identity => Path.Combine(Root, "identity");

    internal string Witness => Path.Combine(Root, "witness");

    internal string Lock => Path.Combine(Root, "lock");

    internal string Segment(int number) =>
        Path.Combine(Root, SegmentPrefix + number.ToString("d8", CultureInfo.InvariantCulture));

    /// <summary>The numbers of the segments that are there, lowest first.</summary>
    internal List<int> Segments()
    {
        List<int> numbers = [];
        foreach (string path in Disk.List(Root, SegmentPrefix))
        {
            string digits = Path.GetFileName(path)[SegmentPrefix.Length..];
            if (int.TryParse(digits, NumberStyles.None, CultureInfo.InvariantCulture, out int number))
            {
                numbers.Add(number);
            }
        }

        numbers.Sort();
        return numbers;
    }
}
