"""A WordPress of Debian's package on a MariaDB and PHP's own server, and how to write in it."""

from __future__ import annotations

import base64
import json
import shutil
import urllib.request
from collections.abc import Iterable
from pathlib import Path
from typing import Any

from live.posts import Post
from live.processes import Servers, free_port, give, own_user, run

PROGRAM = Path("/usr/share/wordpress")
_CONFIG = """<?php
define( 'DB_NAME', 'wordpress' ); define( 'DB_USER', 'wordpress' ); define( 'DB_PASSWORD', 'beans' );
define( 'DB_HOST', '127.0.0.1:%(database)d' ); define( 'DB_CHARSET', 'utf8mb4' ); define( 'DB_COLLATE', '' );
define( 'WP_HOME', '%(origin)s' ); define( 'WP_SITEURL', '%(origin)s' );
define( 'WP_CONTENT_DIR', '%(content)s' );
define( 'WP_ENVIRONMENT_TYPE', 'local' );  // application passwords without TLS
define( 'DISABLE_WP_CRON', true ); define( 'WP_HTTP_BLOCK_EXTERNAL', true );
define( 'AUTOMATIC_UPDATER_DISABLED', true );
foreach ( [ 'AUTH', 'SECURE_AUTH', 'LOGGED_IN', 'NONCE' ] as $one ) {
    define( "{$one}_KEY", 'live' ); define( "{$one}_SALT", 'live' );
}
$table_prefix = 'wp_';
if ( ! defined( 'ABSPATH' ) ) { define( 'ABSPATH', __DIR__ . '/' ); }
require_once ABSPATH . 'wp-settings.php';
"""
_INSTALL = """<?php
define( 'WP_INSTALLING', true );
$_SERVER['HTTP_HOST'] = '127.0.0.1'; $_SERVER['SERVER_NAME'] = '127.0.0.1'; $_SERVER['REQUEST_URI'] = '/';
function wp_mail() { return true; }  // nobody is written to
require '%(folder)s/wp-load.php';
require ABSPATH . 'wp-admin/includes/upgrade.php';
wp_install( 'Live blog', 'keeper', 'keeper@blog.example', true, '', 'correct horse battery' );
update_option( 'permalink_structure', '/%%postname%%/' );
update_option( 'comments_notify', 0 ); update_option( 'moderation_notify', 0 );
update_option( 'comment_previously_approved', 0 );
wp_delete_post( 1, true );
list( $password ) = WP_Application_Passwords::create_new_application_password( 1, [ 'name' => 'live' ] );
echo $password;
"""
#: What Apache's rewriting does on a real site: what is no file is WordPress's.
_ROUTER = """<?php
$path = parse_url( $_SERVER['REQUEST_URI'], PHP_URL_PATH );
if ( file_exists( '%(folder)s/closed' ) ) {
    http_response_code( 403 ); header( 'Content-Type: text/html' ); echo '<h1>Forbidden</h1>'; return true;
}
if ( $path !== '/' && is_file( '%(folder)s' . $path ) ) { return false; }
require '%(folder)s/index.php';
"""


class Blog:
    """A blog that runs. ``planted`` is every post and comment written, by its address."""

    user = "keeper"

    def __init__(self, servers: Servers, place: Path) -> None:
        database, self.port = free_port(), free_port()
        self.origin = f"http://127.0.0.1:{self.port}"
        self.planted: dict[str, Post] = {}
        self._start_database(servers, place / "mariadb", database)
        folder = self._lay_out(place / "blog", database)
        self.password = run("php", folder / "install.php").splitlines()[-1].strip()
        servers.start(
            "wordpress",
            ["php", "-S", f"127.0.0.1:{self.port}", "-t", folder, folder / "router.php"],
            ready=self.port,
            environ={"PHP_CLI_SERVER_WORKERS": "2"},
        )

    def _start_database(self, servers: Servers, folder: Path, port: int) -> None:
        socket = folder / "socket"
        folder.mkdir()
        give(folder, "mysql")
        run("mariadb-install-db", "--no-defaults", f"--datadir={folder}", "--auth-root-authentication-method=normal",
            "--skip-test-db", user=own_user("mysql"))  # fmt: skip
        servers.start(
            "mariadb",
            ["mariadbd", "--no-defaults", f"--datadir={folder}", f"--socket={socket}", f"--port={port}",
             "--bind-address=127.0.0.1", f"--pid-file={folder}/pid", "--innodb-flush-log-at-trx-commit=2"],
            ready=port,
            user=own_user("mysql"),
        )  # fmt: skip
        run("mariadb", "--no-defaults", f"--socket={socket}", "-u", "root", feed=(
            "CREATE DATABASE wordpress CHARACTER SET utf8mb4;"
            "CREATE USER wordpress@'127.0.0.1' IDENTIFIED BY 'beans';"
            "CREATE USER wordpress@localhost IDENTIFIED BY 'beans';"
            "GRANT ALL ON wordpress.* TO wordpress@'127.0.0.1'; GRANT ALL ON wordpress.* TO wordpress@localhost;"
        ))  # fmt: skip

    def _lay_out(self, folder: Path, database: int) -> Path:
        """A site of its own: the program's folders by link, its top files copied, for they look beside themselves."""
        folder.mkdir()
        for part in PROGRAM.iterdir():
            if part.is_dir():
                (folder / part.name).symlink_to(part)
            elif part.suffix == ".php" and part.name != "wp-config.php":
                shutil.copy(part, folder)
        (folder / "content").mkdir()
        told = {"database": database, "origin": self.origin, "content": folder / "content", "folder": folder}
        for name, text in (("wp-config.php", _CONFIG), ("install.php", _INSTALL), ("router.php", _ROUTER)):
            (folder / name).write_text(text % told, "utf-8")
        self.folder = folder
        return folder

    def plant(self, posts: Iterable[Post]) -> None:
        """Write a post for each; its title says nothing."""
        for post in posts:
            written = self.ask("posts", title=f"Note {post.key}", content=_markup(post), status="publish")
            self.planted[written["link"]] = post

    def comment(self, posts: Iterable[Post]) -> None:
        """Write each as a comment under the blog's oldest post."""
        under = min(post["id"] for post in self.ask("posts"))
        for post in posts:
            written = self.ask("comments", post=under, content=_markup(post), status="approved")
            self.planted[written["link"]] = post

    def ask(self, what: str, **fields: Any) -> Any:
        """One call of the blog's API as its keeper; a POST where there are ``fields``."""
        login = base64.b64encode(f"{self.user}:{self.password}".encode()).decode()
        request = urllib.request.Request(
            f"{self.origin}/wp-json/wp/v2/{what}",
            json.dumps(fields).encode() if fields else None,
            {"Authorization": f"Basic {login}", "Content-Type": "application/json"},
        )
        with urllib.request.urlopen(request, timeout=30) as answer:
            return json.load(answer)

    @property
    def version(self) -> str:
        text = (PROGRAM / "wp-includes/version.php").read_text("utf-8")
        return text.partition("$wp_version = '")[2].partition("'")[0]


def _markup(post: Post) -> str:
    text = post.text.replace("&", "&amp;").replace("<", "&lt;")
    return f'<p>{text}</p><p><a href="{post.link}">there</a></p>' if post.link else f"<p>{text}</p>"
