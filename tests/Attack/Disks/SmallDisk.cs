namespace Ccr.Attack;

/// <summary>A small ext4 of its own in a file, mounted by a loop device; gone afterwards.</summary>
internal sealed class SmallDisk : IDisposable
{
    private const string Prefix = "ccr-disk-";
    private const int PieceOctets = 64 << 10;

    private static int _made;

    private readonly string _folder;
    private readonly string _image;

    public SmallDisk(int megabytes)
    {
        RemoveLeft();
        _folder = $"/var/tmp/{Prefix}{Environment.ProcessId}-{Interlocked.Increment(ref _made)}";
        _image = _folder + ".img";
        Directory.CreateDirectory(_folder);
        using (FileStream image = File.Create(_image))
        {
            image.SetLength((long)megabytes << 20);
        }

        NetSpace.RunCommand("mkfs.ext4", "-q", "-F", "-m", "0", _image);
        NetSpace.RunCommand("mount", "-o", "loop", _image, _folder);
    }

    /// <summary>Where it is mounted.</summary>
    public string Folder => _folder;

    private string Ballast => Path.Combine(_folder, "ballast");

    /// <summary>Writes a file until the disk has no room.</summary>
    public void Fill()
    {
        using FileStream file = new(Ballast, FileMode.Append, FileAccess.Write, FileShare.None, bufferSize: 0);
        byte[] piece = new byte[PieceOctets];
        for (int octets = PieceOctets; octets > 0;)
        {
            try
            {
                file.Write(piece.AsSpan(0, octets));
                file.Flush(flushToDisk: true);
            }
            catch (IOException)
            {
                octets /= 2; // the last rest too
            }
        }
    }

    /// <summary>Makes room again.</summary>
    public void MakeRoom() => File.Delete(Ballast);

    public void Dispose() => Remove(_folder);

    private static void RemoveLeft()
    {
        foreach (string image in Directory.GetFiles("/var/tmp", Prefix + "*.img"))
        {
            string process = Path.GetFileNameWithoutExtension(image)[Prefix.Length..];
            if (!Directory.Exists("/proc/" + process.Split('-')[0]))
            {
                Remove(image[..^".img".Length]);
            }
        }
    }

    private static void Remove(string folder)
    {
        if (File.ReadAllText("/proc/mounts").Contains($" {folder} ", StringComparison.Ordinal))
        {
            NetSpace.RunCommand("umount", "-l", folder);
        }

        Directory.Delete(folder, recursive: true);
        File.Delete(folder + ".img");
    }
}
