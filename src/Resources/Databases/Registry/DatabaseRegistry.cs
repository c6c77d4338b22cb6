using System.Text.Json;
using System.Text.Json.Serialization;

namespace Ccr.Resources.Databases;

/// <summary>
/// The databases of a node and what was done there by hand, in one file for the manager's user alone. A change is
/// durable before anybody acts on it.
/// </summary>
internal sealed class DatabaseRegistry
{
    private const UnixFileMode Private = UnixFileMode.UserRead | UnixFileMode.UserWrite;

    private readonly string _path;
    private readonly Lock _lock = new();
    private Content _content;

    private DatabaseRegistry(string path, Content content)
    {
        _path = path;
        _content = content;
    }

    /// <summary>The databases, by name.</summary>
    public IReadOnlyList<DatabaseDefinition> All
    {
        get
        {
            lock (_lock)
            {
                return [.. _content.Databases.OrderBy(one => one.Name, StringComparer.Ordinal)];
            }
        }
    }

    /// <summary>What was done by hand and is not noted by the manager yet.</summary>
    public IReadOnlyList<HandDecision> ByHand
    {
        get
        {
            lock (_lock)
            {
                return [.. _content.ByHand];
            }
        }
    }

    /// <summary>Raised at each start, and durable: of two Servers of one name the later one counts (SEM-7).</summary>
    public long Incarnation
    {
        get
        {
            lock (_lock)
            {
                return _content.Incarnation;
            }
        }
    }

    /// <summary>Reads the file, where there is one.</summary>
    /// <exception cref="IOException">It cannot be read, or is none of ours.</exception>
    public static DatabaseRegistry Open(string path)
    {
        Content content = new(0, [], []);
        try
        {
            if (File.Exists(path))
            {
                content = JsonSerializer.Deserialize(File.ReadAllBytes(path), DatabaseRegistryForm.Default.Content)
                    ?? throw new JsonException("it is empty");
            }
        }
        catch (Exception e) when (e is JsonException or UnauthorizedAccessException)
        {
            throw new IOException(
                $"The list of this node's databases, {path}, cannot be read ({e.Message.TrimEnd('.')}). What is "
                + "prepared at them cannot be finished without it: restore the file.", e);
        }

        return new DatabaseRegistry(path, content);
    }

    /// <summary>The next incarnation, durable.</summary>
    /// <exception cref="IOException">It could not be saved.</exception>
    public long RaiseIncarnation()
    {
        lock (_lock)
        {
            Save(_content with { Incarnation = _content.Incarnation + 1 });
            return _content.Incarnation;
        }
    }

    /// <summary>Adds a database, or replaces the one of its name.</summary>
    /// <exception cref="IOException">It could not be saved.</exception>
    public void Put(DatabaseDefinition definition)
    {
        lock (_lock)
        {
            Save(_content with
            {
                Databases = [.. _content.Databases.Where(one => one.Name != definition.Name), definition],
            });
        }
    }

    /// <summary>What an operator is about to do, durable before it is done.</summary>
    /// <exception cref="IOException">It could not be saved: then it is not done.</exception>
    public void Note(HandDecision decision)
    {
        lock (_lock)
        {
            Save(_content with { ByHand = [.. _content.ByHand, decision] });
        }
    }

    /// <summary>What was decided by hand about a branch, or null.</summary>
    public HandDecision? Find(string database, Branch branch)
    {
        lock (_lock)
        {
            return _content.ByHand.FirstOrDefault(one => one.IsOf(database, branch));
        }
    }

    /// <summary>The manager has noted it, or it was what the manager orders anyway.</summary>
    /// <exception cref="IOException">It could not be saved.</exception>
    public void Forget(string database, Branch branch)
    {
        lock (_lock)
        {
            HandDecision[] left = [.. _content.ByHand.Where(one => !one.IsOf(database, branch))];
            if (left.Length < _content.ByHand.Count)
            {
                Save(_content with { ByHand = left });
            }
        }
    }

    private void Save(Content content)
    {
        byte[] text = JsonSerializer.SerializeToUtf8Bytes(content, DatabaseRegistryForm.Default.Content);
        CcrManager.DurableFile.Replace(_path, text, Private);
        _content = content;
    }

    internal sealed record Content(
        long Incarnation, IReadOnlyList<DatabaseDefinition> Databases, IReadOnlyList<HandDecision> ByHand);
}

/// <summary>The form of the file, made when Ccr is built: a manager without a compiler reads it too.</summary>
[JsonSourceGenerationOptions(WriteIndented = true)]
[JsonSerializable(typeof(DatabaseRegistry.Content))]
internal sealed partial class DatabaseRegistryForm : JsonSerializerContext;
